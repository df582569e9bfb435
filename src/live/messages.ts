/**
 * What the page and the worker that runs the model say to each other.
 */
import type { LiveState } from "./lab.ts";
import type { LiveSetup } from "./setup.ts";

/** From the page to the worker. */
export type Order =
  /** Build the machine of a set-up and start over. */
  | { readonly order: "start"; readonly setup: LiveSetup; readonly toStorm: boolean }
  /** Sections a second. */
  | { readonly order: "speed"; readonly speed: number }
  /** Go on, or stop. */
  | { readonly order: "play"; readonly playing: boolean }
  /** Run one section, while stopped. */
  | { readonly order: "step" }
  /** Send the present state. */
  | { readonly order: "show" };

/** From the worker to the page. */
export type Report =
  /** The present state, and the speed reached of late in sections a second. */
  | { readonly report: "state"; readonly state: LiveState; readonly reached: number }
  /** A set-up that cannot be built. */
  | { readonly report: "refused"; readonly message: string };
