/** Random draws, the same for the same seed everywhere: sfc32, four words of state. */
export class Draws {
  #a: number;
  #b: number;
  #c = 0x9e3779b9;
  #count = 1;

  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    for (let i = 0; i < 12; i++) this.word();
  }

  /** 32 bits, signed. */
  word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return sum;
  }

  /** In `[0, 1)`. */
  unit(): number {
    return (this.word() >>> 0) / 2 ** 32;
  }

  /** An integer in `[0, end)`. */
  below(end: number): number {
    return Math.floor(this.unit() * end);
  }

  /** Of mean 0 and deviation 1. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }

  /** Of shape 2: mean is twice the scale. */
  gamma2(scale: number): number {
    return -scale * Math.log((1 - this.unit()) * (1 - this.unit()));
  }
}
