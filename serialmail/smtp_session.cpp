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

SmtpSession::SmtpSession(Peer peer, SmtpClient::Options options, NamedFiles& files, Report& report)
    : peer_(std::move(peer)), client_(std::move(options)), files_(files), report_(report) {}

base::Result<void> SmtpSession::start() {
  for (const auto* fd : {&peer_.from, &peer_.to}) {
    if (auto set = base::set_nonblocking(*fd, true); !set) return set;
  }
  keep_little_unsent(peer_.to);
  handle(client_.start());
  return {};
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
  } else if (auto* result = std::get_if<SmtpClient::Result>(&action)) {
    on_result(*result);
  } else {
    done_ = std::move(std::get<SmtpClient::Done>(action));
  }
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
  std::vector<bool> none(mail.names.size());
  open_.emplace(id, std::make_shared<Sending>(Sending{std::move(mail), std::move(none)}));
  tell(SmtpClient::Offer{std::move(made)});
}

void SmtpSession::give_no_more() {
  wants_ = false;
  tell(SmtpClient::NoMore{});
}

void SmtpSession::begin_body(const SmtpClient::SendBody& body) {
  const auto& sending = open_.at(body.transaction);
  auto& file = sending->mail.body;
  file.begin(body.framing);
  body_ = Body{sending, 0, false};
  report_.begin(file.name(), file.octets());
}

void SmtpSession::on_octets() {
  std::array<char, block_bytes> block;
  const auto n = base::read_some(peer_.from, block, base::Deadline::after(at_once));
  if (!n && n.error().error == ETIMEDOUT && !deadline_.passed()) return;  // woken for nothing
  if (!n) return close_connection(base::system_failure("network read error", n.error().error).text);
  if (*n == 0) return close_connection("network read error: end of file");
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
  const auto n = base::write_some(peer_.to, block, base::Deadline::after(at_once));
  if (!n && n.error().error == ETIMEDOUT) return;
  if (!n) return close_connection(base::system_failure("network write error", n.error().error).text);
  waiting_.erase(0, *n);
  if (is_opening_) written_ = Clock::now();
  if (!body_) return;
  deadline_ = base::Deadline::after(within_);  // RFC 5321 §4.5.3.2.5: for each block
  if (body_->octets > waiting_.size())
    report_.octets(body_->sending->mail.body.name(), body_->octets - waiting_.size());
  if (!body_->is_complete || !waiting_.empty()) return;
  body_.reset();
  tell(SmtpClient::BodySent{});
}

void SmtpSession::fill() {
  while (!done_ && body_ && !body_->is_complete && waiting_.size() < max_waiting_bytes) {
    auto piece = body_->sending->mail.body.next();
    if (!piece) {
      // The server must never see the end now. The files get their results, so that the next session goes past them.
      for (const auto& name : body_->sending->open_names()) {
        keep(files_.record({name, status_left, piece.error().text}));
      }
      body_.reset();
      waiting_.clear();
      done_ = SmtpClient::Done{piece.error(), {}};
      return;
    }
    // From here on the server may have the message without our knowing it.
    if (piece->is_last) files_.note_sending(body_->sending->open_names(), peer_.address);
    body_->is_complete = piece->is_last;
    body_->octets += piece->octets.size();
    waiting_ += piece->octets;
  }
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
  sending.has_result[result.recipient] = true;
  if (sending.open_names().empty()) open_.erase(found);
}

std::vector<std::string> SmtpSession::Sending::open_names() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < has_result.size(); ++i) {
    if (!has_result[i]) names.push_back(mail.names[i]);
  }
  return names;
}

void SmtpSession::keep(base::Result<void> done) {
  if (trouble_ && !done) trouble_ = std::move(done);
}

base::Result<void> SmtpSession::end() {
  if (body_) {
    if (body_->is_complete) files_.note_unsent(body_->sending->open_names());
  } else if (done_ && network_error_.empty() && !waiting_.empty()) {
    // QUIT. Where the connection is ours alone, its reply need not be awaited.
    const auto sent = base::write_all(peer_.to, waiting_, base::Deadline::after(quit_patience));
    if (sent && peer_.is_handed_down) await_goodbye();
  }
  peer_.from.reset();
  peer_.to.reset();
  if (!done_) return base::temporary("stopped");
  if (!done_->outcome && !network_error_.empty()) return base::temporary(network_error_);
  return done_->outcome;
}

// The next session on a line begins with the server's next greeting, and must not find our 221 before it. Octet by
// octet, because what stands behind the reply is the next one's (RFC 5321 §4.1.1.10: the reply is to be waited for).
void SmtpSession::await_goodbye() {
  constexpr std::size_t code_bytes = 4;  // three digits, and a dash where more lines follow (§4.2.1)
  const auto deadline = base::Deadline::after(quit_patience);
  std::string line;
  for (std::array<char, 1> octet{};;) {
    const auto n = base::read_some(peer_.from, octet, deadline);
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
