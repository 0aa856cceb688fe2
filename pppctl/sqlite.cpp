#include "pppctl/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <utility>

#include "base/fd.h"

namespace pppctl {
namespace {

constexpr int busy_timeout_ms = 5000;
constexpr mode_t ledger_mode = 0640;
constexpr int primary_code = 0xff;  // the lower octet; the upper ones say more exactly what it was

// By ourselves, because SQLite's own mode hangs on the umask alone. An empty file is an empty database.
base::Result<void> create_file(const std::string& path) {
  const base::Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, ledger_mode));
  if (!file.valid() && errno == EEXIST) return {};
  if (!file.valid()) return base::system_failure("make the ledger " + path);
  if (::fchmod(file.get(), ledger_mode) < 0) return base::system_failure("set the mode of the ledger " + path);
  return {};
}

}  // namespace

base::Result<Database> Database::open(const std::string& path, Mode mode) {
  if (mode == Mode::create) {
    if (auto made = create_file(path); !made) return made.error();
  }
  sqlite3* handle = nullptr;
  const int code = ::sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle, path);
  if (code != SQLITE_OK) return database.failure(code);
  ::sqlite3_extended_result_codes(handle, 1);
  ::sqlite3_busy_timeout(handle, busy_timeout_ms);
  return database;
}

Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), path_(std::move(other.path_)) {}

Database::~Database() { ::sqlite3_close_v2(handle_); }

Statement Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = ::sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  return {*this, statement, code};
}

base::Result<void> Database::execute(const std::string& sql) {
  const int code = ::sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return {};
}

std::int64_t Database::last_id() const { return ::sqlite3_last_insert_rowid(handle_); }

base::Failure Database::failure(int code) const {
  const std::string what = "the ledger " + path_;
  const int error = handle_ ? ::sqlite3_system_errno(handle_) : 0;
  switch (code & primary_code) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return base::temporary(what + " is damaged: " + ::sqlite3_errstr(code) +
                             "; move it away, and the next session begins a new one");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return base::temporary(what + " has been locked by another program for " +
                             std::to_string(busy_timeout_ms / 1000) + " s");
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_FULL:
      if (error != 0) return base::system_failure(what, error);
      [[fallthrough]];
    default:
      return base::temporary(what + ": " + (handle_ ? ::sqlite3_errmsg(handle_) : ::sqlite3_errstr(code)));
  }
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      code_(other.code_),
      next_(other.next_) {}

Statement::~Statement() { ::sqlite3_finalize(statement_); }

void Statement::note(int code) {
  if (code_ == SQLITE_OK) code_ = code;
}

void Statement::bind(std::int64_t value) { note(::sqlite3_bind_int64(statement_, next_++, value)); }

void Statement::bind(std::string_view value) {
  // A null pointer, as an empty view may have, would be NULL to SQLite.
  const char* bytes = value.data() ? value.data() : "";
  note(::sqlite3_bind_text(statement_, next_++, bytes, static_cast<int>(value.size()), SQLITE_TRANSIENT));
}

void Statement::bind(const std::optional<std::int64_t>& value) {
  if (value) return bind(*value);
  note(::sqlite3_bind_null(statement_, next_++));
}

void Statement::bind(const std::optional<int>& value) {
  bind(value ? std::optional<std::int64_t>(*value) : std::optional<std::int64_t>());
}

base::Result<bool> Statement::step() {
  if (code_ != SQLITE_OK) return database_->failure(code_);
  const int code = ::sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->failure(code);
}

base::Result<void> Statement::run() {
  for (;;) {
    const auto row = step();
    if (!row) return row.error();
    if (!*row) return {};
  }
}

std::int64_t Statement::integer(int column) const { return ::sqlite3_column_int64(statement_, column); }

std::string Statement::text(int column) const {
  const auto* bytes = ::sqlite3_column_text(statement_, column);
  if (bytes == nullptr) return {};
  const int size = ::sqlite3_column_bytes(statement_, column);
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::optional<std::int64_t> Statement::maybe(int column) const {
  if (::sqlite3_column_type(statement_, column) == SQLITE_NULL) return {};
  return integer(column);
}

base::Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_) [[maybe_unused]]
    auto undone = database_->execute("ROLLBACK");
}

base::Result<void> Transaction::commit() {
  auto done = database_->execute("COMMIT");
  if (done) database_ = nullptr;
  return done;
}

}  // namespace pppctl
