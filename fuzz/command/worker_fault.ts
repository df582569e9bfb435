/**
 * Errors of workers. A posted error loses its class, and the class decides the exit code: whose fault it was, and what
 * an internal one has to tell, is kept here.
 */

/** An error as a worker posts it. */
export interface WorkerFault {
  readonly fault: {
    readonly message: string;
    /** Whether the call or its files asked for the impossible; anything else is a fault of the tool. */
    readonly isRange: boolean;
    readonly stack: string;
  };
}

/** What a worker posts of an error. */
export function faultOf(error: unknown): WorkerFault {
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  return { fault: { message, isRange: error instanceof RangeError, stack } };
}

/** The error that was posted. */
export function errorOf({ fault: { message, isRange, stack } }: WorkerFault): Error {
  return isRange ? new RangeError(message) : Object.assign(new Error(message), { stack });
}
