/** A page that shows an export's status and asks for it every second; it needs nothing from elsewhere. */
export function statusPage(id: string | undefined): string {
  const where = id === undefined ? "null" : JSON.stringify(`/api/node/_/_/export/${id}`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Labelmap export</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328; }
  progress { width: 100%; height: 1.2rem; }
  table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
  th, td { text-align: left; padding: .2rem 1.2rem .2rem 0; border-bottom: 1px solid #d0d7de; }
  td.number { text-align: right; font-variant-numeric: tabular-nums; }
  .failed { color: #a40e26; }
</style>
<h1>Labelmap export</h1>
<p id="what">No export yet.</p>
<progress id="bar" max="1" value="0"></progress>
<p id="figures"></p>
<h2>Workers</h2><table id="workers"></table>
<h2>Given up</h2><table id="failures"></table>
<script>
const where = ${where};
const number = (value) => value.toLocaleString("en");
let before;
function rows(id, head, body) {
  const table = document.getElementById(id);
  table.replaceChildren();
  for (const [index, cells] of [head, ...body].entries()) {
    const row = table.insertRow();
    for (const cell of cells) {
      const place = document.createElement(index === 0 ? "th" : "td");
      place.textContent = typeof cell === "number" ? number(cell) : cell ?? "";
      if (typeof cell === "number") place.className = "number";
      row.append(place);
    }
  }
}
async function show() {
  const status = await (await fetch(where, { headers: { accept: "application/json" } })).json();
  const { tasks, source, state, error } = status;
  const what = document.getElementById("what");
  what.textContent = source.data + " of " + source.uuid + ": " + state + (error ? ", " + error : "");
  what.className = state === "failed" ? "failed" : "";
  const bar = document.getElementById("bar");
  bar.max = tasks.total || 1;
  bar.value = tasks.done;
  const now = { at: performance.now(), blocks: status.blocks };
  const rate = before ? (now.blocks - before.blocks) / ((now.at - before.at) / 1000) : 0;
  before = now;
  document.getElementById("figures").textContent =
    number(tasks.done) + " of " + number(tasks.total) + " tasks, " + tasks.leased + " in work; " +
    number(status.blocks) + " blocks (" + number(Math.round(rate)) + " a second), " +
    number(Math.round(status.bytes / 2 ** 20)) + " MiB sent; " + status.retries + " retries";
  rows("workers", ["name", "task", "tasks", "rows", "silent, s"], status.workers.map((w) =>
    [w.name, w.task, w.tasks, w.rows, Math.round(w.silentMs / 1000)]));
  rows("failures", ["task", "reason"], status.failures.map((f) => [f.task, f.reason]));
  if (!status.ended) setTimeout(show, 1000);
}
if (where) show();
</script>
</html>
`;
}
