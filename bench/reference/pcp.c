/*
 * The page lists of one CPU over a buddy zone in plain C: what the model's data structures are measured against.
 *
 *   gcc -O2 -o pcp bench/reference/pcp.c
 *   ./pcp pair SHIFT OPS      lockless take and free of the same page: ns a pair
 *   ./pcp random SHIFT OPS    random allocations and frees, orders 0..3, around a half-full zone: ns an operation
 *
 * A zone of 2^SHIFT pages, descriptors of 64 bytes as struct page has, orders 0..10, a list per order 0..3 with
 * high 378 and batch 63. It counts nothing, checks nothing and has one migratetype: a floor, not a kernel. Times are of
 * the wall, as the model's are. Ends with a drain and a check that no page was lost.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TOP = 10, LISTS = 4, HIGH = 378, BATCH = 63 };

struct node { struct node *next, *prev; };
struct page { struct node list; uint8_t order, buddy; char rest[46]; };
struct held { uint32_t pfn, order; };

static struct page *pages;
static uint32_t nr_pages, count, turn;
static struct node area[TOP + 1], pcp[LISTS];
static uint64_t nr_top;
static volatile int zone_lock;
static uint32_t state = 2463534242u;

static void init(struct node *head) { head->next = head->prev = head; }
static int empty(const struct node *head) { return head->next == head; }
static void del(struct node *e) { e->next->prev = e->prev; e->prev->next = e->next; }
static void insert(struct node *e, struct node *before, struct node *after)
{
	e->prev = before; e->next = after; before->next = e; after->prev = e;
}
static void lock(void) { while (__atomic_exchange_n(&zone_lock, 1, __ATOMIC_ACQUIRE)) ; }
static void unlock(void) { __atomic_store_n(&zone_lock, 0, __ATOMIC_RELEASE); }
static uint32_t draw(void) { state ^= state << 13; state ^= state >> 17; return state ^= state << 5; }

static void list_block(struct page *p, unsigned order)
{
	p->order = order; p->buddy = 1;
	nr_top += order == TOP;
	insert(&p->list, &area[order], area[order].next);
}
static void unlist_block(struct page *p, unsigned order)
{
	p->buddy = 0;
	nr_top -= order == TOP;
	del(&p->list);
}
static struct page *split_for(unsigned order)
{
	for (unsigned from = order; from <= TOP; from++) {
		if (empty(&area[from])) continue;
		struct page *p = (struct page *)area[from].next;
		unlist_block(p, from);
		while (from > order) {
			from--;
			list_block(p + (1u << from), from);
		}
		return p;
	}
	return NULL;
}
static void merge(struct page *p, unsigned order)
{
	uint32_t pfn = p - pages;
	for (; order < TOP; order++) {
		struct page *buddy = pages + (pfn ^ (1u << order));
		if (!buddy->buddy || buddy->order != order) break;
		unlist_block(buddy, order);
		pfn &= ~(1u << order);
	}
	list_block(pages + pfn, order);
}
static void refill(unsigned order)
{
	int blocks = BATCH >> order;
	lock();
	for (int i = 0; i < blocks; i++) {
		struct page *p = split_for(order);
		if (p == NULL) break;
		insert(&p->list, pcp[order].prev, &pcp[order]);
		count += 1u << order;
	}
	unlock();
}
static void drain(int want)
{
	lock();
	while (want > 0 && count > 0) {
		while (empty(&pcp[turn])) turn = (turn + 1) % LISTS;
		struct page *p = (struct page *)pcp[turn].prev;
		del(&p->list);
		count -= 1u << turn; want -= 1 << turn;
		merge(p, turn);
		turn = (turn + 1) % LISTS;
	}
	unlock();
}
static struct page *take(unsigned order)
{
	if (empty(&pcp[order])) return NULL;
	struct page *p = (struct page *)pcp[order].next;
	del(&p->list);
	count -= 1u << order;
	return p;
}
static void give(struct page *p, unsigned order)
{
	insert(&p->list, &pcp[order], pcp[order].next);
	count += 1u << order;
	if (count >= HIGH) drain(BATCH);
}
static double now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}
static double pair(long ops)
{
	refill(0);
	double start = now_ns();
	for (long i = 0; i < ops; i++) {
		struct page *p = take(0);
		__asm__ volatile("" : : "r"(p) : "memory");
		give(p, 0);
	}
	return (now_ns() - start) / ops;
}
/* Kept in step with bench/page_mix.ts: the same draws make the same decisions. */
static double mix(long ops)
{
	struct held *held = malloc(sizeof *held * nr_pages);
	uint32_t nr = 0, used = 0, half = nr_pages / 2;
	double start = 0;
	for (long i = -4L * nr_pages; i < ops; i++) {
		if (i == 0) start = now_ns();
		uint32_t r = draw();
		if ((used < half ? (r & 7) < 5 : (r & 7) < 3) || nr == 0) {
			unsigned order = (r >> 3) & 3;
			struct page *p = take(order);
			if (p == NULL) { refill(order); p = take(order); }
			if (p == NULL) continue;
			held[nr++] = (struct held){ p - pages, order };
			used += 1u << order;
		} else {
			uint32_t k = (uint32_t)(((uint64_t)draw() * nr) >> 32);
			struct held h = held[k];
			held[k] = held[--nr];
			used -= 1u << h.order;
			give(pages + h.pfn, h.order);
		}
	}
	double each = (now_ns() - start) / ops;
	while (nr) { struct held h = held[--nr]; give(pages + h.pfn, h.order); }
	return each;
}
int main(int argc, char **argv)
{
	if (argc != 4 || atoi(argv[2]) < TOP || atoi(argv[2]) > 28 || atol(argv[3]) < 1) {
		fprintf(stderr, "usage: pcp pair|random SHIFT OPS\n");
		return 2;
	}
	nr_pages = 1u << atoi(argv[2]);
	if (posix_memalign((void **)&pages, 64, (size_t)nr_pages * sizeof *pages)) return 4;
	memset(pages, 0, (size_t)nr_pages * sizeof *pages);
	for (int i = 0; i <= TOP; i++) init(&area[i]);
	for (int i = 0; i < LISTS; i++) init(&pcp[i]);
	for (uint32_t pfn = 0; pfn < nr_pages; pfn += 1u << TOP) list_block(pages + pfn, TOP);
	double each = strcmp(argv[1], "pair") == 0 ? pair(atol(argv[3])) : mix(atol(argv[3]));
	while (count) drain(1 << 20);
	if (nr_top != nr_pages >> TOP) { fprintf(stderr, "pages were lost\n"); return 1; }
	printf("%.3f\n", each);
	return 0;
}
