/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libsystemc contains a main() that refers to sc_main, so every program linked with it must define
 * one; our programs have their own main() and never call this. It is in a library that is linked
 * after libsystemc, so the linker takes it if, and only if, nothing else defined it. */
extern "C" int sc_main(int, char **);

extern "C" int sc_main(int, char **)
{
    return 0;
}
