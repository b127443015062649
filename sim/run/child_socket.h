/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole messages between a process and its child over a stream socket, cut short by neither signals
 * nor full buffers. Both ends are the same program, so plain structs travel as they are. */
#ifndef OHM_SIM_RUN_CHILD_SOCKET_H
#define OHM_SIM_RUN_CHILD_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

/* false: the other side is gone. */
bool ohm_child_send(int fd, const void *data, size_t bytes);
bool ohm_child_receive(int fd, void *data, size_t bytes);

#endif
