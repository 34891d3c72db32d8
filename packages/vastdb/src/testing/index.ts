export {
  type FakeOptions,
  type FakeRequest,
  type FakeVast,
  type Fault,
  fakeVast,
} from "./fake.ts";
