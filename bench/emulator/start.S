/* A 32-bit machine with flat segments, as a multiboot loader starts it. */
.section .multiboot, "a"
.align 4
.long 0x1BADB002, 0, -(0x1BADB002)

.text
.global _start
_start:
	mov $stack_end, %esp
	lgdt gdt_pointer
	ljmp $8, $1f
1:	mov $16, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	call guest_main

.data
.align 8
gdt:
	.quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdt_pointer:
	.word 23
	.long gdt

.bss
.align 16
.skip 16384
stack_end:
.section .note.GNU-stack, "", @progbits
