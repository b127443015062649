/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First in, first out over objects that carry their own link: no allocation while running. T has a
 * member `T *next`. An object stands in one queue at a time. */
#ifndef OHM_TILES_SC_FIFO_H
#define OHM_TILES_SC_FIFO_H

namespace ohm
{

template <typename T> class Fifo
{
  public:
    bool empty() const { return head_ == nullptr; }
    T *front() const { return head_; }

    void push(T *item)
    {
        item->next = nullptr;
        if (tail_)
            tail_->next = item;
        else
            head_ = item;
        tail_ = item;
    }

    /* Before the first item for which goes_behind(item) is true, else at the end. */
    template <typename Predicate> void insert(T *item, Predicate goes_behind)
    {
        T **place = &head_;
        while (*place && !goes_behind(**place))
            place = &(*place)->next;
        item->next = *place;
        *place = item;
        if (!item->next) tail_ = item;
    }

    T *pop()
    {
        T *item = head_;
        head_ = item->next;
        if (!head_) tail_ = nullptr;
        return item;
    }

  private:
    T *head_ = nullptr, *tail_ = nullptr;
};

} // namespace ohm

#endif
