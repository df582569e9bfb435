/**
 * The text of `deno task serve --help`.
 */

/** Help of the serve task. */
export const SERVE_HELP = `deno task serve [options]

A page on this machine in which the model itself runs: the lists of each CPU as they fill and drain, misses and storms
as they happen, sliders for the machine and its load. Nobody but this machine can reach it, and it loads nothing from
anywhere. Ctrl-C ends it.

  --port N   port on 127.0.0.1; 0 takes a free one (8421)
  --quiet    says nothing
  --help     this text

Exit code: 0 fine, 2 wrong call, 3 the port cannot be had, 4 internal error.

Examples
  deno task serve
  deno task serve --port 0
`;
