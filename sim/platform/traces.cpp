/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/traces.h"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace ohm
{

TraceFile::~TraceFile()
{
    if (is_open_) ohm_outfile_abandon(&file_);
}

ohm_status TraceFile::open(const char *path, bool force, ohm_err *err)
{
    OHM_TRY(ohm_outfile_open(&file_, path, force, err));
    is_open_ = true;
    return OHM_OK;
}

ohm_status TraceFile::close(ohm_err *err)
{
    if (!is_open_) return OHM_OK;
    finish();
    is_open_ = false;
    return ohm_outfile_commit(&file_, err);
}

/* --- waves --- */

void Waves::track(std::size_t id, const std::string &group, const std::string &name)
{
    (void)id;
    tracks_.emplace_back(group, name);
    depth_.push_back(0);
}

/* A short identifier of printable characters for wire i. */
static std::string identifier(std::size_t i)
{
    std::string text;
    do {
        text += static_cast<char>('!' + i % 94);
        i /= 94;
    } while (i > 0);
    return text;
}

void Waves::header()
{
    has_header_ = true;
    std::fprintf(file_.stream, "$timescale %s $end\n",
                 sc_core::sc_get_time_resolution().to_string().c_str());
    std::vector<std::string> open; /* scopes, outermost first */
    for (std::size_t i = 0; i < tracks_.size(); ++i) {
        std::vector<std::string> path;
        std::size_t begin = 0;
        const std::string &group = tracks_[i].first;
        for (std::size_t dot; (dot = group.find('.', begin)) != std::string::npos; begin = dot + 1)
            path.push_back(group.substr(begin, dot - begin));
        path.push_back(group.substr(begin));
        std::size_t common = 0;
        while (common < open.size() && common < path.size() && open[common] == path[common])
            ++common;
        for (; open.size() > common; open.pop_back())
            std::fprintf(file_.stream, "$upscope $end\n");
        for (; open.size() < path.size(); open.push_back(path[open.size()]))
            std::fprintf(file_.stream, "$scope module %s $end\n", path[open.size()].c_str());
        std::fprintf(file_.stream, "$var wire 1 %s %s $end\n", identifier(2 * i).c_str(),
                     tracks_[i].second.c_str());
        std::fprintf(file_.stream, "$var wire 32 %s %s_token $end\n", identifier(2 * i + 1).c_str(),
                     tracks_[i].second.c_str());
    }
    for (; !open.empty(); open.pop_back())
        std::fprintf(file_.stream, "$upscope $end\n");
    std::fprintf(file_.stream, "$enddefinitions $end\n#0\n$dumpvars\n");
    for (std::size_t i = 0; i < tracks_.size(); ++i)
        std::fprintf(file_.stream, "0%s\nbx %s\n", identifier(2 * i).c_str(),
                     identifier(2 * i + 1).c_str());
    std::fprintf(file_.stream, "$end\n");
}

void Waves::write_until(Ticks time)
{
    if (!has_header_) header();
    while (!pending_.empty() && pending_.top().at <= time) {
        const Change c = pending_.top();
        pending_.pop();
        if (c.at != written_) { /* the header has written time 0 */
            std::fprintf(file_.stream, "#%" PRIu64 "\n", c.at);
            written_ = c.at;
        }
        depth_[c.track] += c.busy ? 1u : ~0u; /* the wire stays 1 between adjacent spans */
        if (depth_[c.track] == (c.busy ? 1u : 0u))
            std::fprintf(file_.stream, "%c%s\n", c.busy ? '1' : '0',
                         identifier(2 * c.track).c_str());
        if (!c.busy) continue;
        char bits[33];
        for (int i = 0; i < 32; ++i)
            bits[i] = (c.ticket >> (31 - i)) & 1 ? '1' : '0';
        bits[32] = 0;
        std::fprintf(file_.stream, "b%s %s\n", bits, identifier(2 * c.track + 1).c_str());
    }
}

void Waves::span(std::size_t track, const char *what, std::uint64_t ticket, Ticks begin, Ticks end)
{
    (void)what;
    if (end == begin) return;
    pending_.push({begin, order_++, track, true, ticket});
    pending_.push({end, order_++, track, false, ticket});
    write_until(now() > 0 ? now() - 1 : 0); /* no later span begins before now */
}

void Waves::finish()
{
    write_until(~Ticks(0));
}

/* --- timeline --- */

void Timeline::separate()
{
    std::fputs(has_events_ ? ",\n" : "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n",
               file_.stream);
    has_events_ = true;
}

void Timeline::track(std::size_t id, const std::string &group, const std::string &name)
{
    auto found = std::find(groups_.begin(), groups_.end(), group);
    const std::size_t pid = static_cast<std::size_t>(found - groups_.begin()) + 1;
    if (found == groups_.end()) {
        groups_.push_back(group);
        separate();
        std::fprintf(file_.stream,
                     "{\"ph\": \"M\", \"name\": \"process_name\", \"pid\": %zu, \"args\": "
                     "{\"name\": \"%s\"}}",
                     pid, group.c_str());
    }
    group_of_.push_back(pid);
    separate();
    std::fprintf(file_.stream,
                 "{\"ph\": \"M\", \"name\": \"thread_name\", \"pid\": %zu, \"tid\": %zu, \"args\": "
                 "{\"name\": \"%s\"}}",
                 pid, id + 1, name.c_str());
}

void Timeline::span(std::size_t track, const char *what, std::uint64_t ticket, Ticks begin,
                    Ticks end)
{
    separate();
    /* times are in microseconds, with as many decimals as the ticks have */
    const auto per_us = static_cast<Ticks>(std::llround(ticks_per_sec() * 1e-6));
    const int digits = static_cast<int>(std::lround(std::log10(ticks_per_sec()))) - 6;
    const Ticks length = end - begin;
    std::fprintf(file_.stream,
                 "{\"ph\": \"X\", \"name\": \"%s\", \"pid\": %zu, \"tid\": %zu, \"ts\": %" PRIu64
                 ".%0*" PRIu64 ", \"dur\": %" PRIu64 ".%0*" PRIu64
                 ", \"args\": {\"token\": %" PRIu64 "}}",
                 what, group_of_[track], track + 1, begin / per_us, digits, begin % per_us,
                 length / per_us, digits, length % per_us, ticket);
}

void Timeline::finish()
{
    if (!has_events_) std::fputs("{\"traceEvents\": [", file_.stream);
    std::fputs("\n]}\n", file_.stream);
}

/* --- both --- */

ohm_status Traces::open(const char *vcd_path, const char *timeline_path, bool force, ohm_err *err)
{
    if (vcd_path) {
        files_.push_back(std::make_unique<Waves>());
        OHM_TRY(files_.back()->open(vcd_path, force, err));
    }
    if (timeline_path) {
        files_.push_back(std::make_unique<Timeline>());
        OHM_TRY(files_.back()->open(timeline_path, force, err));
    }
    return OHM_OK;
}

std::size_t Traces::track(const std::string &group, const std::string &name)
{
    for (auto &file : files_)
        file->track(tracks_, group, name);
    return tracks_++;
}

void Traces::span(std::size_t track, const char *what, std::uint64_t ticket, Ticks begin, Ticks end)
{
    if (is_closed_) return;
    for (auto &file : files_)
        file->span(track, what, ticket, begin, end);
}

ohm_status Traces::flush(ohm_err *err)
{
    if (is_closed_) return OHM_OK;
    is_closed_ = true;
    for (auto &file : files_)
        OHM_TRY(file->close(err));
    return OHM_OK;
}

} // namespace ohm
