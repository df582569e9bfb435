/*
 * The operations on a bare emulated machine, with locks, and with interrupts off and on, which no program may switch.
 * Says the ticks on the serial line.
 */
#include "operations.h"

#define SERIAL 0x3f8
#define PIC_MASTER_MASK 0x21
#define PIC_SLAVE_MASK 0xa1

static void out(unsigned short port, unsigned char byte)
{
	__asm__ volatile("outb %0, %1" :: "a"(byte), "Nd"(port));
}

static void put(char c)
{
	out(SERIAL, c);
}

/* In hexadecimal: there is no division of 64 bits without a library. */
static void put_number(u64 value)
{
	for (int shift = 60; shift >= 0; shift -= 4)
		put("0123456789abcdef"[(value >> shift) & 15]);
	put(' ');
}

/* A spinlock that nobody else wants: taken and released. */
static u64 ticks_of_lock(void)
{
	static u32 word;
	u64 start = ticks();
	for (u32 i = 0; i < OPERATIONS; i++) {
		u32 old = 0;
		__asm__ volatile("lock cmpxchgl %2, %1" : "+a"(old), "+m"(word) : "r"(1) : "memory");
		__asm__ volatile("movl $0, %0" : "=m"(word) :: "memory");
	}
	return ticks() - start;
}

/* local_irq_save() and local_irq_restore(). */
static u64 ticks_of_irq(void)
{
	u64 start = ticks();
	for (u32 i = 0; i < OPERATIONS; i++) {
		u32 flags;
		__asm__ volatile("pushfl; popl %0; cli" : "=r"(flags) :: "memory");
		__asm__ volatile("pushl %0; popfl" :: "r"(flags) : "memory", "cc");
	}
	return ticks() - start;
}

void guest_main(void)
{
	/* no interrupt comes: a pending one would make every switch slow */
	out(PIC_MASTER_MASK, 0xff);
	out(PIC_SLAVE_MASK, 0xff);
	__asm__ volatile("sti");
	fill_lists();
	for (int round = 0; round < ROUNDS; round++) {
		put_number(ticks_of_nothing());
		put_number(ticks_of_code());
		put_number(ticks_of_lock());
		put_number(ticks_of_irq());
		put('\n');
	}
	put('.');
	for (;;)
		__asm__ volatile("hlt");
}
