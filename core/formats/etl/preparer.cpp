#include "core/formats/etl/preparer.h"

#include <utility>

#include "core/base/spare_thread.h"

namespace anchoko::formats::etl {

Preparer::~Preparer() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Preparer::fill(Order& order) {
  order.image->open(order.place);
  order.image->view(order.start, 1);
}

void Preparer::ask(const BufferPlace& place, std::uint32_t start) {
  Order order;
  if (idle_.empty()) {
    order.image = std::make_unique<BufferImage>(input_, window_);
  } else {
    order.image = std::move(idle_.back());
    idle_.pop_back();
  }
  order.place = place;
  order.start = start;
  ++asked_;
  if (threaded_ && !thread_.joinable()) threaded_ = start_spare(thread_, [this] { run(); });
  {
    const std::scoped_lock lock(mutex_);
    orders_.push_back(std::move(order));
  }
  changed_.notify_all();
}

std::unique_ptr<BufferImage> Preparer::take() {
  --asked_;
  std::unique_lock lock(mutex_);
  if (threaded_) {
    changed_.wait(lock, [this] { return done_ > 0; });
    --done_;
  } else {
    fill(orders_.front());
  }
  auto image = std::move(orders_.front().image);
  orders_.pop_front();
  return image;
}

void Preparer::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || orders_.size() > done_; });
    if (stop_) return;
    // Moved out: places in the queue shift while it is worked on.
    Order order = std::move(orders_[done_]);
    lock.unlock();
    fill(order);
    lock.lock();
    orders_[done_] = std::move(order);
    ++done_;
    changed_.notify_all();
  }
}

}  // namespace anchoko::formats::etl
