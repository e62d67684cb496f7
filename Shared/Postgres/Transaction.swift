public import Loop

/// An open transaction on a connection of its own; ends with the closure it was handed to.
@LoopActor
public final class Transaction {
  /// What the server promises about others' changes; an abandoned promise shows as a serialization failure.
  public enum Isolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
  }

  private let connection: Connection
  private let configuration: DatabaseConfiguration
  private let deadline: ContinuousClock.Instant?
  private let isolation: Isolation
  private var hasBegun = false
  private var isOver = false
  /// The first error; after it the server refuses everything but the end.
  private var failure: PostgresError?

  init(
    _ connection: Connection,
    _ configuration: DatabaseConfiguration,
    isolation: Isolation,
    deadline: ContinuousClock.Instant?
  ) {
    self.connection = connection
    self.configuration = configuration
    self.isolation = isolation
    self.deadline = deadline
  }

  /// Runs one statement. After an error every further one throws that same error.
  @discardableResult
  public func query(_ sql: SQL) async throws(PostgresError) -> Rows {
    guard !isOver else { throw PostgresError(.state("25P01"), "the transaction is over") }
    if let failure { throw failure }
    let opening: [SQL] = hasBegun ? [] : ["BEGIN ISOLATION LEVEL \(unescaped: isolation.rawValue)"]
    hasBegun = true
    do {
      return try await run(opening + [sql], deadline: deadline).last!
    } catch {
      failure = failure ?? error
      throw error
    }
  }

  /// Makes the changes last, or throws why they did not.
  func commit() async throws(PostgresError) {
    isOver = true
    if let failure {
      await rollBack()
      throw failure
    }
    guard hasBegun else { return }
    do throws(PostgresError) {
      let answer = try await run(["COMMIT"], deadline: deadline)
      guard answer[0].command == "COMMIT" else { throw PostgresError(.state("25P02"), "rolled back at commit") }
    } catch {
      if error.kind == .timeout { connection.close(reason: "a commit did not end in time") }
      throw error
    }
  }

  /// Undoes everything. A connection on which even that fails is closed, which undoes it as well.
  func rollBack() async {
    isOver = true
    guard hasBegun, connection.isOpen else { return }
    do {
      _ = try await run(["ROLLBACK"], deadline: .now + Cancellation.patience)
    } catch {
      connection.close(reason: "rollback failed")
    }
  }

  private func run(_ commands: [SQL], deadline: ContinuousClock.Instant?) async throws(PostgresError) -> [Rows] {
    let exchange = Exchange(commands, deadline: deadline, configuration, mayResend: false)
    connection.send(exchange)
    return try await exchange.value()
  }
}

extension Database {
  /// Runs the closure in a transaction: committed when it returns, rolled back when it throws.
  ///
  /// Waits its turn for a connection until the deadline (two seconds without one). The closure must not wait for anything
  /// but its statements: it holds a connection. Nothing is tried again; see `isSerializationFailure`.
  @discardableResult
  public func transaction<T>(
    isolation: Transaction.Isolation = .readCommitted,
    deadline: ContinuousClock.Instant? = nil,
    _ body: @LoopActor (Transaction) async throws -> T
  ) async throws -> T {
    let connection = try await transactions.lease(until: deadline ?? .now + configuration.waitLimit)
    let transaction = Transaction(connection, configuration, isolation: isolation, deadline: deadline)
    defer { transactions.giveBack(connection) }
    let value: T
    do {
      value = try await body(transaction)
    } catch {
      await transaction.rollBack()
      throw error
    }
    try await transaction.commit()
    return value
  }
}
