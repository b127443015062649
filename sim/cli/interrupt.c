/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/interrupt.h"

#include <signal.h>

/* The one thing a signal handler can reach. */
static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
    interrupted = 1;
    signal(number, SIG_DFL);
}

void ohm_interrupt_watch(void)
{
    interrupted = 0;
    signal(SIGINT, note_signal);
    signal(SIGTERM, note_signal);
    if (signal(SIGHUP, note_signal) == SIG_IGN) signal(SIGHUP, SIG_IGN); /* nohup */
}

void ohm_interrupt_leave(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (signal(SIGHUP, SIG_DFL) == SIG_IGN) signal(SIGHUP, SIG_IGN);
}

bool ohm_interrupted(void *user)
{
    (void)user;
    return interrupted != 0;
}
