/**
 * Node's zlib, loaded when something is compressed: it takes 50 ms that no other task pays.
 */
export type { Gunzip } from "node:zlib";

/** Loads it. */
export const loadZlib = () => import("node:zlib");
