/**
 * A page that shows an export's status, which it asks for every second at its own address; it needs nothing from
 * elsewhere. At `/` it is of the latest export, whichever that comes to be.
 */
export function statusPage(): string {
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
const where = location.pathname;
const number = (value) => value.toLocaleString("en");
const mebibytes = (bytes) => Number((bytes / 2 ** 20).toFixed(1));
let before = {};
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
const what = document.getElementById("what");
async function show() {
  const status = await (await fetch(where, { headers: { accept: "application/json" } })).json();
  const { id, tasks, source, state, error } = status;
  if (!id) return;
  what.textContent = source.data + " of " + source.uuid + ": " + state + (error ? ", " + error : "") +
    (tasks.quarantined ? ", " + number(tasks.quarantined) + " of its tasks given up" : "") +
    (status.moved ? "; the version moved meanwhile" : "");
  what.className = state === "failed" || tasks.quarantined ? "failed" : "";
  const bar = document.getElementById("bar");
  bar.max = tasks.total || 1;
  bar.value = tasks.done;
  const now = { id, at: performance.now(), blocks: status.blocks };
  const rate = before.id === id ? (now.blocks - before.blocks) / ((now.at - before.at) / 1000) : 0;
  before = now;
  document.getElementById("figures").textContent =
    number(tasks.done) + " of " + number(tasks.total) + " tasks, " + tasks.leased + " in work; " +
    number(status.blocks) + " blocks (" + number(Math.round(rate)) + " a second), " +
    number(mebibytes(status.bytes)) + " MiB sent; " + status.retries + " retries";
  rows("workers", ["name", "task", "tasks", "rows", "MiB written", "silent, s"], status.workers.map((w) =>
    [w.name, w.task, w.tasks, w.rows, mebibytes(w.bytes), Math.round(w.silentMs / 1000)]));
  rows("failures", ["task", "reason"], status.failures.map((f) => [f.task, f.reason]));
  return status.ended && where !== "/";
}
async function watch() {
  const over = await show().catch(() => {
    what.textContent = "The service does not answer.";
    what.className = "failed";
  });
  if (!over) setTimeout(watch, 1000);
}
watch();
</script>
</html>
`;
}
