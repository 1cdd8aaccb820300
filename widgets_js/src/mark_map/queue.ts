// Which doubtful places are under review, and in which order.

import type { Scene } from "./scene.ts";
import { placeOf, type Reason, reasonOf, REASONS } from "./why.ts";

export interface Filter {
  /** Index of the only image to review, null for all */
  image: number | null;
  reason: Reason | null;
  /** "doubt": the most doubtful first; "image": one image after the other, so that the map rests */
  order: "doubt" | "image";
}

/** The doubtful places of a scene with the reason of each, worked out once. */
export class Doubts {
  private readonly reasons: Reason[];

  constructor(private readonly scene: Scene) {
    this.reasons = Array.from(scene.review, (row) => reasonOf(placeOf(scene, row), scene.minProbability));
  }

  /** Rows that pass, in order. */
  rows({ image, reason, order }: Filter): Int32Array {
    const { scene } = this;
    const rows = scene.review.filter(
      (row, i) => (image === null || scene.image[row] === image) && (reason === null || this.reasons[i] === reason),
    );
    // Sorting is stable: within an image the most doubtful stay first.
    return order === "doubt" ? rows : Int32Array.from(Array.from(rows).sort((a, b) => scene.image[a] - scene.image[b]));
  }

  /** How many have each reason, on one image or on all. */
  countReasons(image: number | null): Record<Reason, number> {
    const counts = Object.fromEntries(REASONS.map((reason) => [reason, 0])) as Record<Reason, number>;
    this.scene.review.forEach((row, i) => {
      if (image === null || this.scene.image[row] === image) counts[this.reasons[i]]++;
    });
    return counts;
  }
}
