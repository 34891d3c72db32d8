/** What is seen of a cloud from one side: per pixel the depth of the nearest point. */
export class View {
  readonly width: number;
  readonly height: number;
  readonly #depths: Float32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#depths = new Float32Array(width * height).fill(Infinity);
  }

  /** Adds a point as a ball of `size` pixels across. */
  add(x: number, y: number, depth: number, size: number): void {
    const radius = Math.max(0.71, size * 0.75);
    const [left, right] = [Math.max(0, x - radius), Math.min(this.width - 1, x + radius)];
    const [top, bottom] = [Math.max(0, y - radius), Math.min(this.height - 1, y + radius)];
    for (let py = Math.floor(top); py <= bottom; py++) {
      for (let px = Math.floor(left); px <= right; px++) {
        const off = (px + 0.5 - x) ** 2 + (py + 0.5 - y) ** 2;
        if (off > radius * radius) continue;
        const front = depth - Math.sqrt(radius * radius - off);
        const i = py * this.width + px;
        if (front < (this.#depths[i] as number)) this.#depths[i] = front;
      }
    }
  }

  /** Infinity where nothing is. */
  depth(x: number, y: number): number {
    const inside = x >= 0 && y >= 0 && x < this.width && y < this.height;
    return inside ? (this.#depths[y * this.width + x] as number) : Infinity;
  }

  /** How bright the surface is there under a lamp at the upper left, 0 to 1; 0 where nothing is. */
  light(x: number, y: number): number {
    const here = this.depth(x, y);
    if (here === Infinity) return 0;
    const slopeX = this.#slope(x, y, 1, 0, here);
    const slopeY = this.#slope(x, y, 0, 1, here);
    const normal = 1 / Math.hypot(slopeX, slopeY, 1);
    const lamp = (0.45 * slopeX + 0.45 * slopeY + 0.77) * normal;
    return 0.25 + 0.75 * Math.max(0, lamp);
  }

  /** Mean rise of depth per pixel over a few pixels, edges left out. */
  #slope(x: number, y: number, dx: number, dy: number, here: number): number {
    const reach = 3;
    let sum = 0;
    let weight = 0;
    for (let i = -reach; i <= reach; i++) {
      for (let j = -reach; j <= reach; j++) {
        const depth = this.depth(x + i, y + j);
        if (Math.abs(depth - here) > 4 * reach) continue;
        const along = i * dx + j * dy;
        sum += (depth - here) * along;
        weight += along * along;
      }
    }
    return weight === 0 ? 0 : sum / weight;
  }
}
