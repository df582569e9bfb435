/**
 * Grace-period sequence numbers: the low two bits are a state (0 idle, 1 running), the rest counts. Comparisons are
 * safe across the wrap of 32 bits; the kernel starts 300 grace periods before the wrap so that it is met soon.
 *
 * @kernel kernel/rcu/rcu.h 5.9
 */

const STATE_MASK = 3;

/** First gp_seq of a machine. */
export const INITIAL_GP_SEQ = -300 << 2;

/**
 * State bits.
 *
 * @kernel kernel/rcu/rcu.h rcu_seq_state 5.9
 */
export const rcu_seq_state = (s: number): number => s & STATE_MASK;

/**
 * The number once the grace period has started.
 *
 * @kernel kernel/rcu/rcu.h rcu_seq_start 5.9
 */
export const rcu_seq_start = (s: number): number => (s + 1) | 0;

/**
 * The number once the grace period has ended.
 *
 * @kernel kernel/rcu/rcu.h rcu_seq_end 5.9
 */
export const rcu_seq_end = (s: number): number => ((s | STATE_MASK) + 1) | 0;

/**
 * The number at which a grace period that starts after now has ended.
 *
 * @kernel kernel/rcu/rcu.h rcu_seq_snap 5.9
 */
export const rcu_seq_snap = (s: number): number => ((s + 2 * STATE_MASK + 1) & ~STATE_MASK) | 0;

/**
 * Whether the grace period of a snapshot has ended.
 *
 * @kernel kernel/rcu/rcu.h rcu_seq_done 5.9
 */
export const rcu_seq_done = (current: number, snap: number): boolean => ((current - snap) | 0) >= 0;

/**
 * Whether the grace period of a snapshot has started.
 *
 * @kernel kernel/rcu/rcu.h rcu_seq_started 5.9
 */
export const rcu_seq_started = (current: number, snap: number): boolean =>
  ((((snap - 1) & ~STATE_MASK) - current) | 0) < 0;

/**
 * Whether a grace period ended between two readings.
 *
 * @kernel kernel/rcu/rcu.h rcu_seq_completed_gp 5.9
 */
export const rcu_seq_completed_gp = (old: number, now: number): boolean =>
  ((old - (now & ~STATE_MASK)) | 0) < 0;

/**
 * Whether a grace period started between two readings.
 *
 * @kernel kernel/rcu/rcu.h rcu_seq_new_gp 5.9
 */
export const rcu_seq_new_gp = (old: number, now: number): boolean =>
  ((((old + STATE_MASK) & ~STATE_MASK) - now) | 0) < 0;

/** Whether a comes before b, across the wrap. */
export const seqBefore = (a: number, b: number): boolean => ((a - b) | 0) < 0;
