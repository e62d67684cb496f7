import Postgres
import Wire

/// Everything the service has to tell about its work; what is said in the rooms is not among it.
enum ChatEvent {
  /// A batch was committed: the messages in it, and those whose senders may not write in their room.
  case stored(messages: Int, refused: Int)
  case read(messages: Int)
  case changed(Change)
  case limited(Limit)
  /// The directory could not be asked for names.
  case directoryAway(Failure.Word)
  /// A statement failed, and with it these requests.
  case databaseFailed(PostgresError, requests: Int)

  enum Change: String, CaseIterable, Sendable {
    case opened, entered, left, removed, locked, unlocked, edited, deleted, reported, blocked, erased
  }
  enum Limit: String, CaseIterable, Sendable { case messages, attempts }
}
