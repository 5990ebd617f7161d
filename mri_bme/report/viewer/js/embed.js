// Open the viewers that a page holds: an element, what is told of its scene, and its bytes.

import { bytesOfText } from "./codec.js";
import { openScene } from "./scene.js";
import { Viewer } from "./viewer.js";

/** Open the scene inside an element `[data-viewer]`; gives the viewer. */
export async function openHeld(root) {
  const told = JSON.parse(root.querySelector(".v-scene").textContent);
  const bytes = bytesOfText(root.querySelector(".v-bytes").textContent.trim());
  const scene = await openScene(told, bytes);
  const place = root.querySelector(".v-place");
  const viewer = new Viewer(place, scene, {
    onLesion: (event) => tell(root, "lesion", event),
    onVoxel: (event) => tell(root, "voxel", event),
  });
  root.classList.add("v-open");
  root.viewer = viewer;
  tell(root, "open", { viewer });
  return viewer;
}

function tell(root, name, detail) {
  root.dispatchEvent(new CustomEvent(`viewer:${name}`, { detail, bubbles: true }));
}

function openAll() {
  for (const root of document.querySelectorAll("[data-viewer]")) {
    openHeld(root).catch((error) => {
      root.classList.add("v-failed");
      root.querySelector(".v-place").textContent =
        `The slices cannot be shown here (${error.message}); the pictures below are the same. ` +
        "A browser of 2023 or later shows them.";
    });
  }
}

if (typeof document !== "undefined" && document.querySelector("[data-viewer]")) openAll();
