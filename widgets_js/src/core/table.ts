// The analysis as columns: decoded once from the bytes that Python sends, never changed after.

import { unpack, type Numbers, type PackedArray } from "./packed.ts";

export interface PackedTable {
  ids: string[];
  names: string[];
  headers: string[];
  labels: string[];
  label_codes: PackedArray;
  predicted_codes: PackedArray;
  probability: PackedArray;
  confidence: PackedArray;
  entropy: PackedArray;
  scene: PackedArray;
  pca_x: PackedArray;
  pca_y: PackedArray;
  cluster: PackedArray;
  neighbors: PackedArray;
  similarity: PackedArray;
  tile_sizes: PackedArray;
  cams: PackedArray;
  explained_variance: number[];
  n_clusters: number;
  title: string;
  model_name: string;
  cam_layer: string;
  head: string;
  class_names: string[];
  class_probability: PackedArray | null;
  unfamiliarity: PackedArray | null;
  cross_validated: PackedArray | null;
}

/** One class of an image: its name and the probability that the model gives it. */
export interface ClassShare {
  name: string;
  probability: number;
}

export interface Neighbor {
  index: number;
  /** Cosine similarity, -1 to 1. */
  similarity: number;
}

/** n images, one row each, in natural order of their ids. */
export class ImageTable {
  readonly n: number;
  /** image_id, e.g. "cex/CEX (1).png" */
  readonly ids: string[];
  /** Short name for labels, e.g. "CEX (1)" */
  readonly names: string[];
  /** Timestamps as text, "" when unknown */
  readonly headers: string[];
  /** Class names that label and prediction codes point into */
  readonly labels: string[];
  /** Index into `labels`, -1 when the image has none */
  readonly label: Numbers;
  readonly predicted: Numbers;
  /** P(positive class), NaN without a prediction */
  readonly probability: Numbers;
  /** Percent, NaN without a prediction */
  readonly confidence: Numbers;
  /** Bits per pixel, 0 to 8 */
  readonly entropy: Numbers;
  readonly scene: Numbers;
  readonly pcaX: Numbers;
  readonly pcaY: Numbers;
  /** Group of K-means, 0 to nClusters - 1 */
  readonly cluster: Numbers;
  readonly nClusters: number;
  readonly explainedVariance: number[];
  readonly title: string;
  readonly modelName: string;
  readonly camLayer: string;
  /** What predicted the classes, or why none is shown; "" for the model's own head */
  readonly head: string;
  /** Distance to what the model was trained on, above 1 for what it does not know; null when unknown */
  readonly unfamiliarity: Numbers | null;
  /** Width and height in pixels of each atlas tile */
  readonly tileSizes: Numbers;
  readonly camShape: [number, number];
  /** Images in each group */
  readonly groupCounts: number[];
  /** Images in each scene, by scene number */
  readonly sceneCounts: Map<number, number>;
  /** Highest number of neighbours known for an image */
  readonly k: number;

  private readonly neighborIndices: Numbers;
  private readonly similarity: Numbers;
  private readonly camValues: Numbers;
  private readonly classNames: string[];
  private readonly classProbability: Numbers | null;
  private readonly crossValidated: Numbers | null;
  private readonly rows: Map<string, number>;

  constructor(packed: PackedTable) {
    this.ids = packed.ids;
    this.names = packed.names;
    this.headers = packed.headers;
    this.labels = packed.labels;
    this.n = packed.ids.length;
    this.label = unpack(packed.label_codes);
    this.predicted = unpack(packed.predicted_codes);
    this.probability = unpack(packed.probability);
    this.confidence = unpack(packed.confidence);
    this.entropy = unpack(packed.entropy);
    this.scene = unpack(packed.scene);
    this.pcaX = unpack(packed.pca_x);
    this.pcaY = unpack(packed.pca_y);
    this.cluster = unpack(packed.cluster);
    this.tileSizes = unpack(packed.tile_sizes);
    this.neighborIndices = unpack(packed.neighbors);
    this.similarity = unpack(packed.similarity);
    this.camValues = unpack(packed.cams);
    this.camShape = [packed.cams.shape[1] ?? 0, packed.cams.shape[2] ?? 0];
    this.k = packed.neighbors.shape[1] ?? 0;
    this.nClusters = packed.n_clusters;
    this.explainedVariance = packed.explained_variance;
    this.title = packed.title;
    this.modelName = packed.model_name;
    this.camLayer = packed.cam_layer;
    this.head = packed.head;
    this.classNames = packed.class_names;
    this.classProbability = packed.class_probability && unpack(packed.class_probability);
    this.unfamiliarity = packed.unfamiliarity && unpack(packed.unfamiliarity);
    this.crossValidated = packed.cross_validated && unpack(packed.cross_validated);
    this.rows = new Map(this.ids.map((id, i) => [id, i]));
    this.groupCounts = new Array<number>(this.nClusters).fill(0);
    this.sceneCounts = new Map();
    for (let i = 0; i < this.n; i++) {
      this.groupCounts[this.cluster[i]]++;
      this.sceneCounts.set(this.scene[i], (this.sceneCounts.get(this.scene[i]) ?? 0) + 1);
    }
  }

  /** Row of an image_id, -1 when there is none. */
  row(id: string | null): number {
    return id === null ? -1 : (this.rows.get(id) ?? -1);
  }

  labelName(i: number): string | null {
    return this.labels[this.label[i]] ?? null;
  }

  predictedName(i: number): string | null {
    return this.labels[this.predicted[i]] ?? null;
  }

  /** Every class with its probability, for models of more than two classes; empty without a prediction. */
  classShares(i: number): ClassShare[] {
    const shares = this.classProbability;
    if (!shares || this.predicted[i] < 0) return [];
    const k = this.classNames.length;
    return this.classNames.map((name, j) => ({ name, probability: shares[i * k + j] }));
  }

  /** Whether the image is unlike all that the model was trained on, so that its class means nothing. */
  unfamiliar(i: number): boolean {
    return this.unfamiliarity !== null && this.unfamiliarity[i] > 1;
  }

  /** Whether the head that predicted the class saw no image of the scene; null without a probe. */
  judgedUnseen(i: number): boolean | null {
    return this.crossValidated && this.predicted[i] >= 0 ? this.crossValidated[i] === 1 : null;
  }

  /** Up to k nearest images, nearest first, the image itself left out. */
  neighbors(i: number, k: number): Neighbor[] {
    const found: Neighbor[] = [];
    for (let j = 0; j < Math.min(k, this.k); j++) {
      const index = this.neighborIndices[i * this.k + j];
      if (index < 0) break;
      found.push({ index, similarity: this.similarity[i * this.k + j] });
    }
    return found;
  }

  /** The CAM of one image, (h, w) row by row, 0 to 255; null when it has none or shows no evidence. */
  cam(i: number): Uint8Array | null {
    const size = this.camShape[0] * this.camShape[1];
    if (size === 0) return null;
    const map = this.camValues.subarray(i * size, (i + 1) * size) as Uint8Array;
    return map.some((value) => value > 0) ? map : null;
  }
}
