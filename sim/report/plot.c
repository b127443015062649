/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/plot.h"

#include "sim/report/html.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

ohm_status ohm_plot_begin(ohm_plot *plot, int width, int height, ohm_err *err)
{
    *plot = (ohm_plot){0};
    plot->script = open_memstream(&plot->text, &plot->size);
    if (!plot->script) return ohm_err_no_memory(err, "a plot");
    fprintf(plot->script,
            "set encoding utf8\n"
            "set terminal svg size %d,%d dynamic font 'inherit,13' noenhanced\n"
            "set border 3 lc rgb '" OHM_PLOT_MUTED "'\n"
            "set grid ytics lc rgb '" OHM_PLOT_GRID "' lt 1 lw 1\n"
            "set tics nomirror out scale 0.5 textcolor rgb '" OHM_PLOT_FG "'\n"
            "set key textcolor rgb '" OHM_PLOT_FG "' samplen 1.5\n"
            "set style fill solid 1.0 noborder\n"
            "set pointintervalbox 0\n",
            width, height);
    return OHM_OK;
}

void ohm_plot_quote(FILE *script, const char *text)
{
    fputc('\'', script);
    for (; *text; text++) {
        if (*text == '\'') fputc('\'', script);
        fputc(*text == '\n' ? ' ' : *text, script);
    }
    fputc('\'', script);
}

/* --- running gnuplot --- */

static ohm_status file_of(const char *text, size_t size, int *fd, ohm_err *err)
{
    *fd = memfd_create("plot", MFD_CLOEXEC);
    if (*fd < 0 || write(*fd, text, size) != (ssize_t)size || lseek(*fd, 0, SEEK_SET) != 0)
        return ohm_err_set(err, OHM_EIO, "cannot hand a plot to gnuplot: %s", strerror(errno));
    return OHM_OK;
}

static char *read_all(int fd)
{
    size_t size = 0, room = 1 << 16;
    char *text = malloc(room);
    while (text) {
        if (size + 1 == room) {
            char *grown = realloc(text, room *= 2);
            if (!grown) {
                free(text);
                return NULL;
            }
            text = grown;
        }
        ssize_t k = read(fd, text + size, room - size - 1);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) break;
        size += (size_t)k;
    }
    if (text) text[size] = '\0';
    return text;
}

static ohm_status run_gnuplot(int script, int complaints, char **svg, ohm_err *err)
{
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return ohm_err_set(err, OHM_EIO, "cannot talk to gnuplot: %s", strerror(errno));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, script, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO);
    char *arguments[] = {"gnuplot", "-d", "-", NULL}; /* -d: the user's own settings stay out */
    int code = posix_spawnp(&pid, "gnuplot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (code != 0) {
        close(ends[0]);
        return ohm_err_set(err, OHM_EUNSUPPORTED, "gnuplot cannot be started: %s", strerror(code));
    }
    *svg = read_all(ends[0]);
    close(ends[0]);
    int how = 0;
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(how) && WEXITSTATUS(how) == 127)
        return ohm_err_set(err, OHM_EUNSUPPORTED, "gnuplot cannot be started");
    char *said = NULL;
    if (lseek(complaints, 0, SEEK_SET) == 0) said = read_all(complaints);
    ohm_status status = OHM_OK;
    if (!*svg || how != 0 || !strstr(*svg, "</svg>"))
        status = ohm_err_set(err, OHM_EINVAL, "gnuplot failed: %.400s", said ? said : "");
    free(said);
    return status;
}

/* --- making the SVG the page's own --- */

/* rgb(r,g,b) at text: writes what stands for it and returns where it ends; NULL: none here. */
static const char *write_colour(const char *text, FILE *out)
{
    int r, g, b, n = 0;
    if (sscanf(text, "rgb( %d , %d , %d )%n", &r, &g, &b, &n) != 3 || n == 0) return NULL;
    if (r == 10 && g == 0 && b < OHM_PLOT_COLOURS)
        fprintf(out, "var(--c%d)", b);
    else if (r == 11 && g == 0)
        fputs(b == 1 ? "var(--fg)" : b == 2 ? "var(--line)" : "var(--muted)", out);
    else
        fprintf(out, "rgb(%d,%d,%d)", r, g, b);
    return text + n;
}

static const struct {
    const char *from, *to;
} renames[] = {
    {"id='gp", "id='f%d-gp"},
    {"href='#gp", "href='#f%d-gp"},
    {"id='textbox'", "id='f%d-tb'"},
    {"id='greybox'", "id='f%d-gb'"},
    {"url(#textbox)", "url(#f%d-tb)"},
    {"url(#greybox)", "url(#f%d-gb)"},
    {"id=\"gnuplot_", "id=\"f%d-"},
    {"color='white'", "color='var(--bg)'"},
    {"flood-color='white'", "flood-color='var(--bg)'"},
};

static void adopt(const char *svg, int id, const char *title, FILE *out)
{
    const char *at = strstr(svg, "<svg");
    const char *head = at ? strstr(at, "</desc>") : NULL;
    const char *box = at ? strstr(at, "viewBox=") : NULL;
    if (!head || !box) return;
    int width = 0, height = 0;
    sscanf(box, "viewBox=\"0 0 %d %d\"", &width, &height);
    fprintf(out,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\" "
            "xmlns:xlink=\"http://www.w3.org/1999/xlink\"><title>",
            width, height);
    ohm_html_text(out, title);
    fputs("</title>", out);
    at = head + strlen("</desc>");
    while (*at) {
        const char *after = strncmp(at, "rgb(", 4) == 0 ? write_colour(at, out) : NULL;
        for (size_t i = 0; !after && i < sizeof renames / sizeof renames[0]; i++) {
            size_t n = strlen(renames[i].from);
            if (strncmp(at, renames[i].from, n) != 0) continue;
            char to[48];
            snprintf(to, sizeof to, "%s", renames[i].to);
            char *mark = strstr(to, "%d");
            if (mark)
                fprintf(out, "%.*s%d%s", (int)(mark - to), to, id, mark + 2);
            else
                fputs(to, out);
            after = at + n;
        }
        if (after)
            at = after;
        else
            fputc(*at++, out);
    }
}

ohm_status ohm_plot_finish(ohm_plot *plot, int id, const char *title, FILE *out, ohm_err *err)
{
    int script = -1, complaints = -1;
    char *svg = NULL;
    fclose(plot->script);
    ohm_status status = plot->text && out ? file_of(plot->text, plot->size, &script, err)
                                          : ohm_err_no_memory(err, "a plot");
    if (status == OHM_OK) status = file_of("", 0, &complaints, err);
    if (status == OHM_OK) status = run_gnuplot(script, complaints, &svg, err);
    if (status == OHM_OK) adopt(svg, id, title, out);
    if (script >= 0) close(script);
    if (complaints >= 0) close(complaints);
    free(svg);
    free(plot->text);
    *plot = (ohm_plot){0};
    return status;
}
