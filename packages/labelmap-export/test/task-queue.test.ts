import fc from "fast-check";
import { expect, test } from "vitest";
import { TaskQueue } from "../src/service/task-queue.ts";

const tasks = ["a", "b", "c"].map((id) => ({ id }));
const options = { leaseMs: 10, maxAttempts: 3 };

test("a silent worker's task goes to another, and its late acknowledgement still counts", () => {
  let now = 0;
  const queue = new TaskQueue(tasks.slice(0, 1), { ...options, now: () => now });
  const first = queue.take("one");
  expect(queue.take("two")).toBeUndefined();
  now = 9;
  expect(queue.renew(first?.id ?? "")).toBe(true);
  now = 20;
  const second = queue.take("two");
  expect(second).toMatchObject({ task: { id: "a" }, worker: "two", attempt: 2 });
  expect(queue.renew(first?.id ?? "")).toBe(false);
  expect(queue.acknowledge("a")).toBe(true);
  expect(queue.renew(second?.id ?? "")).toBe(false);
  expect(queue.acknowledge("a")).toBe(false);
  expect(queue.over).toBe(true);
});

test("a task is given up after its attempts, but not because workers leave", () => {
  const queue = new TaskQueue(tasks.slice(0, 1), options);
  for (let count = 0; count < 20; count++) {
    queue.fail(queue.take("leaver")?.id ?? "", "leaves", "blameless");
  }
  for (let count = 0; count < 3; count++) queue.fail(queue.take("w")?.id ?? "", `try ${count}`);
  expect(queue.givenUp).toEqual([{ task: { id: "a" }, reason: "try 2" }]);
  expect(queue.take("w")).toBeUndefined();
  expect(queue.acknowledge("a")).toBe(false);
  expect(queue.over).toBe(true);
});

test("all that a worker holds is taken back when it dies, and from no other", () => {
  const queue = new TaskQueue(tasks, options);
  const [a, b, c] = [queue.take("one"), queue.take("two"), queue.take("one")];
  expect(queue.failAll("one", "died")).toEqual([a?.task, c?.task]);
  expect(queue.leases).toEqual([b]);
  expect(queue.take("two")).toMatchObject({ task: a?.task, attempt: 2 });
  expect(queue.failAll("one", "died")).toEqual([]);
});

test("whatever workers do, a task is one worker's at a time and ends once", () => {
  const steps = fc.array(
    fc.record({
      what: fc.constantFrom("take", "acknowledge", "fail", "leave", "wait", "renew"),
      which: fc.nat(5),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      let now = 0;
      const queue = new TaskQueue(tasks, { ...options, now: () => now });
      const held: { id: string; task: { id: string } }[] = [];
      const acknowledged: string[] = [];
      for (const { what, which } of all) {
        const one = held[which % Math.max(1, held.length)];
        if (what === "take") held.push(...[queue.take(`w${which}`)].filter((lease) => !!lease));
        else if (what === "wait") now += which * 3;
        else if (!one) continue;
        else if (what === "renew") queue.renew(one.id);
        else if (what === "fail") queue.fail(one.id, "failed");
        else if (what === "leave") queue.fail(one.id, "left", "blameless");
        else if (queue.acknowledge(one.task.id)) acknowledged.push(one.task.id);
        const names = queue.leases.map(({ task }) => task.id);
        expect(new Set(names).size).toBe(names.length);
        const ended = queue.done + queue.givenUp.length;
        expect(names.length + queue.waiting + ended).toBe(tasks.length);
      }
      expect(new Set(acknowledged).size).toBe(acknowledged.length);
      expect(queue.done).toBe(acknowledged.length);
    }),
  );
});
