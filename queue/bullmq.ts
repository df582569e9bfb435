/** The queue library; deno.lock of this folder says why its version is exact. */
export { Job, Queue, Worker } from "npm:bullmq@5.81.5";
