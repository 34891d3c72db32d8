import { createLabelmap, post, postBlocks, someBlocks } from "../../labelmap/test/dvid/fixture.ts";

/** A committed labelmap of three scales with merges and a cleave: its version. */
export async function exportable(url: string): Promise<string> {
  const root = await createLabelmap(url);
  const seg = `${url}/api/node/${root}/seg`;
  const blocks = someBlocks();
  await postBlocks(seg, 0, blocks);
  const [dense, solid] = [blocks.get("2,1,1"), blocks.get("1,0,0")];
  if (!dense || !solid) throw new Error("the fixture has other blocks now");
  await postBlocks(
    seg,
    1,
    new Map([
      ["0,0,0", dense],
      ["-1,-1,0", solid],
    ]),
  );
  await postBlocks(seg, 2, new Map([["0,0,0", dense]]));
  await post(`${seg}/merge`, "[1,2,3]");
  await post(`${seg}/merge`, "[1000,1001,1002,1003]");
  await post(`${seg}/cleave/1000`, "[1002]");
  await post(`${url}/api/node/${root}/commit`, '{"note":"x","log":[]}');
  return root;
}

/** What DVID itself says of a box of voxels. */
export async function rawVoxels(
  url: string,
  uuid: string,
  scale: number,
  [x, y, z]: readonly number[],
  supervoxels: boolean,
): Promise<BigUint64Array> {
  const at = [x, y, z].map((block) => 64 * (block ?? 0)).join("_");
  const query = `scale=${scale}&supervoxels=${supervoxels}`;
  const path = `${url}/api/node/${uuid}/seg/raw/0_1_2/64_64_64/${at}?${query}`;
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${response.status} for ${path}: ${await response.text()}`);
  return new BigUint64Array(await response.arrayBuffer());
}
