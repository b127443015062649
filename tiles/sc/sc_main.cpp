/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libsystemc's own main() refers to sc_main, so every program linked with it must have one; ours
 * have a main() of their own and never call this. It stands in a library that is linked after
 * libsystemc, where the linker takes it if, and only if, nothing else defined it. */
extern "C" int sc_main(int, char **);

extern "C" int sc_main(int, char **)
{
    return 0;
}
