// What the map shows, as columns: decoded once from the bytes that Python sends, never changed after.
// Twin of `widgets/mark_packing.py`.

import { unpack, type PackedArray } from "../core/packed.ts";

export interface PackedScene {
  images: string[];
  classes: string[];
  title: string;
  jitter: number;
  min_probability: number;
  review: PackedArray;
  instance: {
    ids: string[];
    image: PackedArray;
    x: PackedArray;
    y: PackedArray;
    radius: PackedArray;
    p_exists: PackedArray;
    label: PackedArray;
    p_label: PackedArray;
    tie: PackedArray;
    entropy: PackedArray;
    doubt: PackedArray;
    n_marks: PackedArray;
    n_readers: PackedArray;
    n_chances: PackedArray;
    votes: PackedArray | null;
  };
  mark: { x: PackedArray; y: PackedArray; instance: PackedArray; volunteer: PackedArray };
  mark_start: PackedArray;
}

/** m images, k candidates for instances (one row each), c classes. */
export class Scene {
  /** image_id of each image */
  readonly images: string[];
  /** Class names as people read them, in the order of their numbers */
  readonly classes: string[];
  readonly title: string;
  /** Typical distance of a mark from its instance, pixels of the image */
  readonly jitter: number;
  /** Candidates below it are taken for no instance */
  readonly minProbability: number;
  /** Rows to look at, the most doubtful first */
  readonly review: Int32Array;
  readonly n: number;
  /** instance_id of each row */
  readonly ids: string[];
  /** Index of each row's image */
  readonly image: Int32Array;
  /** Centre and spread in pixels of the image */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly radius: Float32Array;
  readonly pExists: Float32Array;
  /** Class number, -1 for none */
  readonly label: Int32Array;
  /** 1 where two classes are equally likely */
  readonly tie: Uint8Array;
  /** Of p_label, bits */
  readonly entropy: Float32Array;
  /** Chance that the row, as it is written, is wrong */
  readonly doubt: Float32Array;
  readonly nMarks: Int32Array;
  readonly nReaders: Int32Array;
  readonly nChances: Int32Array;
  readonly markX: Float32Array;
  readonly markY: Float32Array;
  /** Row that each mark belongs to, -1 for a stray one */
  readonly markInstance: Int32Array;
  /** Number of the volunteer who made each mark */
  readonly markVolunteer: Int32Array;
  /** Marks of image i are markStart[i] to markStart[i + 1] */
  readonly markStart: Int32Array;

  private readonly pLabel: Float32Array;
  private readonly votes: Float32Array | null;
  private readonly rowsById: Map<string, number>;
  private readonly rowsByImage: Int32Array[];

  constructor(packed: PackedScene) {
    const { instance, mark } = packed;
    this.images = packed.images;
    this.classes = packed.classes;
    this.title = packed.title;
    this.jitter = packed.jitter;
    this.minProbability = packed.min_probability;
    this.review = unpack(packed.review) as Int32Array;
    this.n = instance.ids.length;
    this.ids = instance.ids;
    this.image = unpack(instance.image) as Int32Array;
    this.x = unpack(instance.x) as Float32Array;
    this.y = unpack(instance.y) as Float32Array;
    this.radius = unpack(instance.radius) as Float32Array;
    this.pExists = unpack(instance.p_exists) as Float32Array;
    this.label = unpack(instance.label) as Int32Array;
    this.pLabel = unpack(instance.p_label) as Float32Array;
    this.tie = unpack(instance.tie) as Uint8Array;
    this.entropy = unpack(instance.entropy) as Float32Array;
    this.doubt = unpack(instance.doubt) as Float32Array;
    this.nMarks = unpack(instance.n_marks) as Int32Array;
    this.nReaders = unpack(instance.n_readers) as Int32Array;
    this.nChances = unpack(instance.n_chances) as Int32Array;
    this.votes = instance.votes && (unpack(instance.votes) as Float32Array);
    this.markX = unpack(mark.x) as Float32Array;
    this.markY = unpack(mark.y) as Float32Array;
    this.markInstance = unpack(mark.instance) as Int32Array;
    this.markVolunteer = unpack(mark.volunteer) as Int32Array;
    this.markStart = unpack(packed.mark_start) as Int32Array;
    this.rowsById = new Map(this.ids.map((id, row) => [id, row]));
    const rows: number[][] = this.images.map(() => []);
    for (let row = 0; row < this.n; row++) rows[this.image[row]].push(row);
    this.rowsByImage = rows.map((found) => Int32Array.from(found));
  }

  /** Row of an instance_id, -1 when there is none. */
  row(id: string | null): number {
    return id === null ? -1 : (this.rowsById.get(id) ?? -1);
  }

  /** Rows of an image, in their order. */
  rowsOf(image: number): Int32Array {
    return this.rowsByImage[image] ?? new Int32Array();
  }

  /** P(class) of a row; NaN where it has no label. */
  probability(row: number, label: number): number {
    return this.pLabel[row * this.classes.length + label];
  }

  /** Votes for each class of a row, empty where they are not known. */
  votesOf(row: number): Float32Array {
    const c = this.classes.length;
    return this.votes ? this.votes.subarray(row * c, (row + 1) * c) : new Float32Array();
  }

  /**
   * Classes that share the lead of a tied row, in the order of their numbers: those with the most
   * votes, or the likeliest ones where votes settle it. Twin of `find_ties`.
   */
  tied(row: number): number[] {
    if (!this.tie[row]) return [];
    const shares = this.classes.map((_, label) => this.probability(row, label));
    const voted = leaders(this.votesOf(row));
    return voted.length > 1 ? voted : leaders(shares);
  }

  /** Number of marks on an image. */
  marksOn(image: number): number {
    return this.markStart[image + 1] - this.markStart[image];
  }
}

/** Values this near to each other tell no classes apart; as in `labelling/ties.py`. */
const EQUAL = 1e-3;

function leaders(values: ArrayLike<number>): number[] {
  const all = Array.from(values);
  const best = Math.max(...all);
  return all.flatMap((value, label) => (value >= best - EQUAL ? [label] : []));
}
