/*
 * What is measured on the host and under an emulator: how long a kind of work takes, in ticks of the time stamp
 * counter for OPERATIONS of it. An emulator shows its guest the host's counter, so the ticks are the same.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

#define OPERATIONS 2000000u
#define ROUNDS 15
#define PAGES 64u
#define LISTS 3u
#define OUT_OF_LINE static __attribute__((noinline))

static inline u64 ticks(void)
{
	u32 low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return ((u64)high << 32) | low;
}

/* Code as an allocator's: short functions, lists, tests and counters. */
struct node { struct node *next, *prev; u32 flags, type; };
static struct { struct node head; u32 count; } lists[LISTS];
static struct node pages[PAGES];
static volatile u32 taken[LISTS], given[LISTS];

OUT_OF_LINE void add(struct node *n, struct node *head)
{
	n->next = head->next;
	n->prev = head;
	head->next->prev = n;
	head->next = n;
}

OUT_OF_LINE void unlink_node(struct node *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	n->next = n->prev = 0;
}

OUT_OF_LINE int is_bad(const struct node *n)
{
	return (n->flags & 0x100) || n->type >= LISTS;
}

OUT_OF_LINE struct node *take(u32 type)
{
	struct node *n = lists[type].head.next;
	if (n == &lists[type].head || is_bad(n))
		return 0;
	unlink_node(n);
	lists[type].count--;
	taken[type]++;
	return n;
}

OUT_OF_LINE void give(struct node *n, u32 type)
{
	n->type = type;
	if (is_bad(n))
		return;
	add(n, &lists[type].head);
	lists[type].count++;
	given[type]++;
}

static void fill_lists(void)
{
	for (u32 i = 0; i < LISTS; i++)
		lists[i].head.next = lists[i].head.prev = &lists[i].head;
	for (u32 i = 0; i < PAGES; i++)
		give(&pages[i], i % LISTS);
}

static u64 ticks_of_nothing(void)
{
	u64 start = ticks();
	for (u32 i = 0; i < OPERATIONS; i++)
		__asm__ volatile("" ::: "memory");
	return ticks() - start;
}

static u64 ticks_of_code(void)
{
	u64 start = ticks();
	for (u32 i = 0; i < OPERATIONS; i++) {
		struct node *n = take(i % LISTS);
		if (n)
			give(n, i % LISTS);
	}
	return ticks() - start;
}
