#include "serialmail/smtp_session.h"

#include <array>
#include <utility>

#include "base/bug.h"
#include "base/io.h"

namespace serialmail {
namespace {

using mail::SmtpClient;

constexpr std::size_t block_bytes = 16384;
// Octets that may wait for the line in our own buffer, and how many are written at once: what was written is taken for
// gone, so no more of it than the kernel is to hold.
constexpr std::size_t max_waiting_bytes = 16384;
constexpr std::size_t max_write_bytes = 4096;
constexpr std::chrono::milliseconds at_once{0};
constexpr std::chrono::seconds quit_patience{30};

// TLS fails in its own words, the system in errno's.
std::string reason_of(const base::Failure& failure) {
  return failure.error != 0 ? base::system_failure("", failure.error).text.substr(2) : failure.text;
}

char status_of(SmtpClient::Verdict verdict) {
  switch (verdict) {
    case SmtpClient::Verdict::accepted:
      return status_accepted;
    case SmtpClient::Verdict::refused:
      return status_refused;
    case SmtpClient::Verdict::deferred:
      return status_deferred;
  }
  base::bug("SmtpSession: bad verdict");
}

}  // namespace

SmtpPeer::SmtpPeer(Peer peer)
    : stream(std::move(peer.from), std::move(peer.to)),
      address(std::move(peer.address)),
      is_handed_down(peer.is_handed_down) {}

SmtpPeer::SmtpPeer(net::RelaySession session)
    : stream(std::move(session.stream)),
      address(std::move(session.address)),
      is_logged_in(true),
      ehlo(std::move(session.ehlo)),
      round_trip(session.exchange) {}

SmtpSession::SmtpSession(SmtpPeer peer, SmtpClient::Options options, const base::Directory& directory,
                         NamedFiles& files, ServerMemories& memories, Report& report)
    : peer_(std::move(peer)),
      client_(options),
      resumption_(directory, std::move(options.helo_name)),
      files_(files),
      memories_(memories),
      report_(report),
      round_trip_(peer_.round_trip) {}

base::Result<void> SmtpSession::start() {
  if (auto set = peer_.stream.set_nonblocking(); !set) return set;
  keep_little_unsent(peer_.stream.writing().fd);
  if (peer_.is_handed_down) (void)take_reading();
  handle(peer_.is_logged_in ? client_.start_behind_login(peer_.ehlo) : client_.start());
  return {};
}

void SmtpSession::tell(const SmtpClient::Event& event) {
  handle(client_.on(event, std::chrono::duration_cast<SmtpClient::Time>(Clock::now().time_since_epoch())));
  if (client_.flights() == SmtpClient::Flights::odd) memories_.flights.forget();
  if (client_.stalled()) memories_.no_flights.keep(client_.server());
}

void SmtpSession::handle(SmtpClient::Actions actions) {
  for (auto& action : actions) handle_one(action);
}

void SmtpSession::handle_one(SmtpClient::Action& action) {
  if (auto* write = std::get_if<SmtpClient::Write>(&action)) {
    waiting_ += write->bytes;
  } else if (auto* arm = std::get_if<SmtpClient::Arm>(&action)) {
    within_ = arm->within;
    deadline_ = within_.count() > 0 ? base::Deadline::after(within_) : base::Deadline();
  } else if (std::holds_alternative<SmtpClient::Want>(action)) {
    wants_ = true;
    is_opening_ = false;
  } else if (auto* body = std::get_if<SmtpClient::SendBody>(&action)) {
    begin_body(*body);
  } else if (auto* taken = std::get_if<SmtpClient::Keep>(&action)) {
    resumption_.keep(open_.at(taken->transaction)->mail, taken->accepted, taken->replies);
    tell(SmtpClient::Kept{});
  } else if (auto* result = std::get_if<SmtpClient::Result>(&action)) {
    on_result(*result);
  } else {
    done_ = std::move(std::get<SmtpClient::Done>(action));
  }
}

base::Result<std::optional<Consignment>> SmtpSession::next_file() {
  if (!client_.checkpoint()) return files_.next();
  return files_.next([this](const auto& one, const auto& other) { return resumption_.may_join(one, other); });
}

void SmtpSession::give(Consignment mail) {
  wants_ = false;
  const auto id = ++last_id_;
  const auto& body = mail.body;
  SmtpClient::Transaction made;
  made.id = id;
  made.sender = body.envelope().sender;
  made.recipients = mail.recipients;
  made.size = body.octets();
  made.eight_bit = body.eight_bit();
  made.command_like = body.command_like();
  if (client_.checkpoint()) made.transid = resumption_.transid_for(mail, peer_.address);
  std::vector<bool> none(mail.names.size());
  open_.emplace(id, std::make_shared<Sending>(Sending{std::move(mail), std::move(none), {}, false}));
  tell(SmtpClient::Offer{std::move(made)});
}

void SmtpSession::give_no_more() {
  wants_ = false;
  tell(SmtpClient::NoMore{});
}

void SmtpSession::begin_body(const SmtpClient::SendBody& body) {
  const auto& sending = open_.at(body.transaction);
  auto& file = sending->mail.body;
  sending->has_begun = true;
  file.begin(body.framing);
  report_.begin(file.name(), file.octets());
  if (body.offset > 0) {
    if (auto skipped = file.skip(body.offset); !skipped) {
      // What the server has is not what we sent; the next attempt begins anew.
      resumption_.forget(sending->mail);
      return give_up(*sending, skipped.error());
    }
  }
  if (open_.size() == 1 && body.offset == 0) sending->alone_since = Clock::now();
  body_ = Body{sending, body.offset, false};
}

// The server must never see the end of it now. The files get their results, so that the next session goes past them.
void SmtpSession::give_up(const Sending& sending, const base::Failure& why) {
  for (const auto& name : sending.open_names()) keep(files_.record({name, status_left, why.text}));
  body_.reset();
  waiting_.clear();
  done_ = SmtpClient::Done{why, {}};
}

void SmtpSession::on_octets() {
  std::array<char, block_bytes> block;
  const auto n = peer_.stream.read_some(block, base::Deadline::after(at_once));
  if (!n && n.error().error == ETIMEDOUT && !deadline_.passed()) return;  // woken for nothing
  if (!n) return close_connection("network read error: " + reason_of(n.error()));
  if (*n == 0) return close_connection("network read error: end of file");
  down_ += *n;
  if (is_opening_ && written_) round_trip_ = Clock::now() - *written_;
  tell(SmtpClient::Octets{{block.data(), *n}});
}

void SmtpSession::close_connection(std::string reason) {
  if (network_error_.empty()) network_error_ = std::move(reason);
  tell(SmtpClient::Closed{});
}

void SmtpSession::on_time() {
  if (!done_ && deadline_.passed()) tell(SmtpClient::Expired{});
}

void SmtpSession::on_room() {
  const auto block = std::string_view(waiting_).substr(0, max_write_bytes);
  const auto n = peer_.stream.write_some(block, base::Deadline::after(at_once));
  if (!n && n.error().error == ETIMEDOUT) return;
  if (!n) return close_connection("network write error: " + reason_of(n.error()));
  waiting_.erase(0, *n);
  up_ += *n;
  if (is_opening_) written_ = Clock::now();
  if (!body_) return;
  deadline_ = base::Deadline::after(within_);  // RFC 5321 §4.5.3.2.5: for each block
  if (body_->octets > waiting_.size())
    report_.octets(body_->sending->mail.body.name(), body_->octets - waiting_.size());
  end_body();
}

void SmtpSession::end_body() {
  if (!body_ || !body_->is_complete || !waiting_.empty()) return;
  body_.reset();
  tell(SmtpClient::BodySent{});
}

void SmtpSession::fill() {
  while (!done_ && body_ && !body_->is_complete && waiting_.size() < max_waiting_bytes) {
    auto piece = body_->sending->mail.body.next();
    if (!piece) {
      const auto sending = body_->sending;
      return give_up(*sending, piece.error());
    }
    // From here on the server may have the message without our knowing it.
    if (piece->is_last) files_.note_sending(body_->sending->open_names(), peer_.address);
    body_->is_complete = piece->is_last;
    body_->octets += piece->octets.size();
    waiting_ += piece->octets;
  }
  if (!done_) end_body();  // its rest may be nothing, and what was before it gone
}

void SmtpSession::on_result(const SmtpClient::Result& result) {
  const auto found = open_.find(result.transaction);
  if (found == open_.end() || result.recipient >= found->second->has_result.size()) {
    base::bug("SmtpSession: a result for no file");
  }
  auto& sending = *found->second;
  const bool is_servers = result.command != SmtpClient::Command::local && !peer_.address.empty();
  const std::string who = is_servers ? peer_.address + " said: " : "";
  keep(files_.record({sending.mail.names[result.recipient], status_of(result.verdict), who + result.reply.last_line}));
  if (result.verdict == SmtpClient::Verdict::accepted) measure(sending);
  sending.has_result[result.recipient] = true;
  if (result.verdict == SmtpClient::Verdict::accepted && !std::exchange(sending.is_delivered, true)) {
    report_.delivered(sending.mail.body.octets());
  }
  if (sending.open_names().empty()) open_.erase(found);
}

// How fast the line is decides from which length on a message is worth a TRANSID.
void SmtpSession::measure(const Sending& sending) {
  if (!sending.alone_since || !round_trip_) return;
  const auto took = Clock::now() - *sending.alone_since - *round_trip_;
  using Time = std::chrono::milliseconds;
  resumption_.begin_from(transid_from(sending.mail.body.octets(), std::chrono::duration_cast<Time>(took),
                                      std::chrono::duration_cast<Time>(*round_trip_)));
}

std::vector<std::string> SmtpSession::Sending::open_names() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < has_result.size(); ++i) {
    if (!has_result[i]) names.push_back(mail.names[i]);
  }
  return names;
}

void SmtpSession::read_counters() {
  const int fd = peer_.stream.writing().fd;
  if (fd >= 0) reading_ = read_line(fd, up_, down_);
}

LineReading SmtpSession::take_reading() {
  read_counters();
  return reading_.since(std::exchange(taken_, reading_));
}

void SmtpSession::keep(base::Result<void> done) {
  if (trouble_ && !done) trouble_ = std::move(done);
}

base::Result<void> SmtpSession::end() {
  if (body_) {
    const auto names = body_->sending->open_names();
    if (body_->is_complete) files_.note_unsent(names);
    if (done_ && body_->octets > waiting_.size()) files_.note_cut(names);
  } else if (done_ && network_error_.empty() && !waiting_.empty()) {
    // QUIT. Where the connection is ours alone, its reply need not be awaited.
    const auto sent = peer_.stream.write_all(waiting_, base::Deadline::after(quit_patience));
    if (sent) up_ += waiting_.size();
    if (sent && peer_.is_handed_down) await_goodbye();
  }
  read_counters();
  peer_.stream.close();
  if (done_ && done_->outcome && client_.flights() == SmtpClient::Flights::good)
    memories_.flights.keep(client_.server());
  if (!done_) return base::temporary("stopped");
  if (!done_->outcome && !network_error_.empty()) return base::temporary(network_error_);
  return done_->outcome;
}

void SmtpSession::release() {
  for (auto& [id, sending] : open_) {
    const bool is_untouched = !sending->has_begun && sending->open_names().size() == sending->mail.names.size();
    if (is_untouched) files_.give_back(std::move(sending->mail));
  }
  open_.clear();
}

// The next session on a line begins with the server's next greeting, and must not find our 221 before it. Octet by
// octet, because what stands behind the reply is the next one's (RFC 5321 §4.1.1.10: the reply is to be waited for).
void SmtpSession::await_goodbye() {
  constexpr std::size_t code_bytes = 4;  // three digits, and a dash where more lines follow (§4.2.1)
  const auto deadline = base::Deadline::after(quit_patience);
  std::string line;
  for (std::array<char, 1> octet{};;) {
    const auto n = peer_.stream.read_some(octet, deadline);
    if (!n || *n == 0) return;
    if (octet[0] != '\n') {
      if (line.size() < code_bytes) line += octet[0];
      continue;
    }
    if (line.size() < code_bytes || line[3] != '-') return;
    line.clear();
  }
}

}  // namespace serialmail
