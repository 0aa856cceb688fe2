// SQLite behind types that clean up: a database, a statement, a transaction. Only sqlite.cpp includes <sqlite3.h>.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pppctl {

class Database;

// Values are bound in the order of the question marks. What goes wrong on the way comes out of step() or run().
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  template <class... Values>
  Statement& with(const Values&... values) {
    (bind(values), ...);
    return *this;
  }

  // True: there is a row.
  base::Result<bool> step();
  // To the end; rows are not looked at.
  base::Result<void> run();

  // Columns of the row, from 0.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::optional<std::int64_t> maybe(int column) const;

 private:
  friend class Database;
  Statement(const Database& database, sqlite3_stmt* statement, int code)
      : database_(&database), statement_(statement), code_(code) {}
  void bind(std::int64_t value);
  void bind(std::uint64_t value) { bind(static_cast<std::int64_t>(value)); }
  void bind(int value) { bind(static_cast<std::int64_t>(value)); }
  void bind(std::string_view value);
  void bind(const std::string& value) { bind(std::string_view(value)); }
  void bind(const char* value) { bind(std::string_view(value)); }
  void bind(const std::optional<std::int64_t>& value);
  void bind(const std::optional<int>& value);
  void note(int code);

  const Database* database_;
  sqlite3_stmt* statement_;
  int code_;
  int next_ = 1;
};

class Database {
 public:
  enum class Mode { create, existing };
  // Created with mode 0640. Another program that has it locked is waited for, for a bounded time.
  static base::Result<Database> open(const std::string& path, Mode mode);
  Database(Database&& other) noexcept;
  Database& operator=(Database&&) = delete;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  [[nodiscard]] Statement prepare(std::string_view sql) const;
  // Statements without values, separated by semicolons.
  base::Result<void> execute(const std::string& sql);
  [[nodiscard]] std::int64_t last_id() const;
  // What the last trouble was, in one line, and what to do about it.
  [[nodiscard]] base::Failure failure(int code) const;

 private:
  Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  sqlite3* handle_;
  std::string path_;
};

// Immediate: it has the writer's lock from its begin on. Rolled back unless committed.
class Transaction {
 public:
  static base::Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(other.database_) { other.database_ = nullptr; }
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  base::Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace pppctl
