/* The operations on the host, in nanoseconds: only what a program may do. */
#include "operations.h"
#include <stdio.h>
#include <time.h>

static double nanoseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

int main(void)
{
	u64 first = ticks();
	double start = nanoseconds();
	fill_lists();
	for (int round = 0; round < ROUNDS; round++)
		printf("%llu %llu\n", ticks_of_nothing(), ticks_of_code());
	printf("ticks per ns %.4f\n", (ticks() - first) / (nanoseconds() - start));
	return 0;
}
