// Why a voxel counts or not: the words of `mri_bme.segment_edema.explain`, from the page's maps.

const LIKE_ELSEWHERE = 0.01; // of the cut-off: a smaller difference is not worth a word
const HUNDREDTHS = 100;
const TENTHS = 10;

/** What is known of a voxel of a visit; null outside its grid. */
export function voxelFacts(visit, voxel) {
  const at = visit.at(voxel);
  if (at < 0) return null;
  const of = (name) => (visit.maps[name] ? visit.maps[name][at] : 0);
  const inMarrow = of("quadrants") > 0;
  const t1 = visit.t1IsOnGrid && visit.t1.values ? visit.t1.relative(visit.t1.values[at]) : null;
  return {
    voxel,
    quadrant: of("quadrants"),
    value: inMarrow && visit.maps.relative ? of("relative") / HUNDREDTHS : visit.fluid.relative(visit.fluid.values[at]),
    cutoff: inMarrow && of("cutoff") ? of("cutoff") / HUNDREDTHS : null,
    distance: inMarrow && visit.maps.distance ? of("distance") / TENTHS : null,
    lesion: of("lesions"),
    probability: inMarrow && visit.maps.probability ? of("probability") / 100 : null,
    dropped: of("dropped"),
    share: of("share") / 100,
    t1,
  };
}

/** One or two sentences on why the voxel is edema or not. */
export function explainVoxel(visit, facts, words) {
  if (!facts.quadrant) return "Not edema: outside the measured marrow.";
  if (!visit.threshold) return "Not measured.";
  const needed = facts.cutoff ?? visit.threshold.value;
  const told =
    `${words.quadrants[facts.quadrant]}, ${facts.distance.toFixed(1)} mm from the joint, ` +
    `${facts.value.toFixed(2)} times normal marrow, ${against(facts.value, needed, visit.threshold)}${judged(facts.probability)}`;
  if (facts.lesion) {
    const lesion = visit.lesions.find((one) => one.label === facts.lesion);
    return `Edema: ${told}; part of lesion ${lesion ? lesion.name : facts.lesion}${lesion ? `, ${lesion.words}` : ""}.`;
  }
  if (facts.dropped) {
    const lost = visit.dropped.find((one) => one.label === facts.dropped);
    return `Not edema: ${told}; part of candidate ${facts.dropped}${lost ? `, ${lost.words}` : ""}.`;
  }
  if (facts.share > 0) {
    return `Credited to ${Math.round(100 * facts.share)}%: ${told}; a mixture at the edge of a lesion or of the bone.`;
  }
  const short = facts.probability === null ? "not above the cut-off after smoothing" : "not bright or not likely enough";
  return `Not edema: ${told}; ${short}.`;
}

function judged(probability) {
  return probability === null ? "" : `, ${Math.round(100 * probability)}% likely that a reader calls it edema`;
}

function against(value, needed, { rule, value: cut }) {
  const told = `${rule} ${cut.toFixed(2)}`;
  const here = needed > 0 ? `${(value / needed).toFixed(2)} times the cut-off here, ${needed.toFixed(2)}` : "";
  if (!here || Math.abs(needed - cut) <= LIKE_ELSEWHERE * cut) return `${here || "cut-off"} (${told})`;
  const why = needed < cut ? "lower in dark tissue by the joint" : "higher in fatty marrow";
  return `${here} (${why} than elsewhere, ${told})`;
}
