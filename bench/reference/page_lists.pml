/*
 * The reference scenario of src/explore/reference.ts for SPIN: CPUS processes with a page list each over one zone
 * behind a lock, OPS operations per process, each freely a lockless take, an allocation with refill, or a free with
 * drain. A page that moves is checked to have been where it is taken from; at the end no page may be missing.
 *
 *     spin -a -DCPUS=3 -DOPS=9 page_lists.pml && gcc -O2 -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -m2000000 -w26
 */
#ifndef CPUS
#define CPUS 2
#endif
#ifndef OPS
#define OPS 4
#endif
#ifndef PAGES
#define PAGES 6
#endif
#ifndef HIGH
#define HIGH 2
#endif
#ifndef BATCH
#define BATCH 2
#endif

byte holder;		/* of the zone's lock: process + 1 */
byte nr_free = PAGES;
byte zone[PAGES];	/* a stack of page numbers from 1 */
short out;		/* pages that are not in the zone, a bit each; written under the lock only */
byte kept;		/* pages that ended processes still have */
byte nr_ended;

inline lock_zone() { atomic { holder == 0 -> holder = id + 1 } }
inline unlock_zone() { assert(holder == id + 1); holder = 0 }

proctype cpu(byte id) {
	byte done, listed, held, moved, page;
	byte list[HIGH + BATCH];
	byte owned[OPS + 1];
	short mine;	/* pages handed out by this process, a bit each */

	do
	:: done == OPS -> break
	:: done < OPS ->
		if
		:: true -> skip	/* take: no refill */
		:: true ->	/* alloc */
			if
			:: listed > 0
			:: else ->
				lock_zone();
				do
				:: moved < BATCH && nr_free > 0 ->
					nr_free--;
					page = zone[nr_free];
					zone[nr_free] = 0;
					assert(page > 0 && !((out >> (page - 1)) & 1));
					out = out | (1 << (page - 1));
					list[listed] = page;
					page = 0;
					listed++;
					moved++
				:: else -> break
				od;
				moved = 0;
				unlock_zone()
			fi
		:: held > 0 ->	/* free */
			held--;
			page = owned[held];
			owned[held] = 0;
			assert((mine >> (page - 1)) & 1);
			mine = mine & ~(1 << (page - 1));
			list[listed] = page;
			page = 0;
			listed++;
			if
			:: listed < HIGH
			:: else ->
				lock_zone();
				do
				:: moved < BATCH && listed > 0 ->
					listed--;
					page = list[listed];
					list[listed] = 0;
					assert((out >> (page - 1)) & 1);
					out = out & ~(1 << (page - 1));
					zone[nr_free] = page;
					page = 0;
					nr_free++;
					moved++
				:: else -> break
				od;
				moved = 0;
				unlock_zone()
			fi;
			goto next
		fi;
		if
		:: listed == 0	/* NULL */
		:: else ->
			listed--;
			page = list[listed];
			list[listed] = 0;
			assert(!((mine >> (page - 1)) & 1));
			mine = mine | (1 << (page - 1));
			owned[held] = page;
			page = 0;
			held++
		fi;
next:		done++
	od;
	done = 0;	/* ended processes differ in what they have only */
	d_step {
		kept = kept + listed + held;
		nr_ended++;
		if
		:: nr_ended == CPUS -> assert(kept + nr_free == PAGES)
		:: else
		fi
	}
}

init {
	byte i;
	atomic {
		for (i : 1 .. PAGES) { zone[PAGES - i] = i }
		for (i : 0 .. CPUS - 1) { run cpu(i) }
		i = 0
	}
}
