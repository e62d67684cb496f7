import Kit
import Loop
import Postgres
import Time
import Wire

@testable import ChatCore

/// The chat service's inside on a database of its own, with a clock and a directory that a test moves.
@LoopActor
final class ChatBench {
  /// Auth's answers: everybody in `names`, unless it is away.
  @LoopActor
  final class Directory {
    var names: [String: String] = [ann: "Ann", bob: "Bob", cid: "Cid"]
    var isAway = false
    private(set) var questions = 0

    func profiles(of users: [UserID]) throws(Failure) -> [Auth.Profile] {
      questions += 1
      if isAway { throw .unavailable }
      return users.compactMap { user in
        names[user.text].map {
          Auth.Profile(
            id: user,
            email: "\($0.lowercased())@x.org",
            name: $0,
            handle: nil,
            phone: nil,
            country: "us",
            timezone: "UTC"
          )
        }
      }
    }
  }

  let database: Database
  let clock = ManualClock()
  let directory = Directory()
  private(set) var posted: [Chat.Posted] = []
  /// Events other than `posted`.
  private(set) var told: [any Event] = []
  var ended: [Chat.MembershipEnded] { told.compactMap { $0 as? Chat.MembershipEnded } }
  private(set) var events: [ChatEvent] = []
  private let configuration: ChatConfiguration
  private(set) lazy var chat = copy(on: database)

  static let migrated = ScratchDatabase.Template("chat") { url in
    try await Migrator.run(ChatSchema.migrations, schema: "chat", on: url)
  }

  static func open<T>(
    _ configure: (inout ChatConfiguration) -> Void = { _ in },
    _ body: @LoopActor (ChatBench) async throws -> T
  ) async throws -> T {
    var configuration = ChatConfiguration()
    configure(&configuration)
    return try await ScratchDatabase.open(migrated, configure: { $0.transactionConnections = 1 }) { database in
      try await body(ChatBench(database, configuration))
    }
  }

  private init(_ database: Database, _ configuration: ChatConfiguration) {
    self.database = database
    self.configuration = configuration
  }

  /// Another copy of the service beside the first: nothing in common but the database and the directory.
  func copy(on database: Database) -> ChatHandler {
    let store = ChatStore(database)
    let report: @LoopActor (ChatEvent) -> Void = { [unowned self] in events.append($0) }
    let people = People(store, clock: clock.wall, report: report) { [directory] users throws(Failure) in
      try directory.profiles(of: users)
    }
    let box = PostBox(
      store,
      limit: configuration.batchLimit,
      announce: { [unowned self] in posted.append($0) },
      report: report
    )
    return ChatHandler(
      configuration,
      store,
      people,
      box,
      clock: clock.wall,
      tell: { [unowned self] in told.append($0) },
      report: report
    )
  }

  // MARK: - Calls, as one user makes them

  @discardableResult
  func send(_ user: String?, _ room: String, _ text: String) async throws(Failure) -> Chat.Receipt {
    try await chat.send(Chat.SendMessage(to: .value(room), text: .value(text)), context(user))
  }

  func history(
    _ user: String?,
    _ room: String,
    limit: Int? = nil,
    before: Int? = nil,
    after: Int? = nil
  ) async throws(Failure) -> [Chat.Entry] {
    let call = Chat.History(of: .value(room), limit: Given(limit), before: Given(before), after: Given(after))
    return try await chat.history(call, context(user)).entries
  }

  func room(of owner: String = ann) async throws(Failure) -> String {
    try await chat.create(Chat.CreateRoom(), context(owner)).room.text
  }

  @discardableResult
  func join(_ user: String, _ room: String) async throws(Failure) -> Chat.Joined {
    try await chat.join(Chat.JoinRoom(.value(room)), context(user))
  }

  func leave(_ user: String, _ room: String) async throws(Failure) {
    _ = try await chat.leave(Chat.LeaveRoom(.value(room)), context(user))
  }

  func lock(_ user: String, _ room: String, _ locked: Bool = true) async throws(Failure) {
    _ = try await chat.lock(Chat.LockRoom(.value(room), locked: .value(locked)), context(user))
  }

  func remove(_ other: String, _ room: String, by user: String) async throws(Failure) {
    _ = try await chat.remove(Chat.RemoveMember(.value(other), from: .value(room)), context(user))
  }

  func rooms(_ user: String) async throws(Failure) -> [Chat.ListedRoom] {
    try await chat.list(Chat.ListRooms(), context(user)).rooms
  }

  func context(_ user: String?) -> CallContext { CallContext(user: user.map { UserID($0) }) }

  func isMember(_ user: String, _ room: String) async throws -> Bool {
    let rows = try await database.query(
      "SELECT FROM chat.member WHERE room_gid = \(room) AND user_id = \(user) AND ended_at IS NULL"
    )
    return !rows.isEmpty
  }
}

extension Given {
  fileprivate init(_ value: Value?) { self = value.map { .value($0) } ?? .nothing }
}

let ann = "11111111-0000-4000-8000-00000000000a"
let bob = "11111111-0000-4000-8000-00000000000b"
let cid = "11111111-0000-4000-8000-00000000000c"

/// A code that nobody was given: the chance is one in 1e14.
let nowhere = "zzzzzzzz"

let unknownRoom = Failure(.notFound, .unknownRoom)
let notMember = Failure(.forbidden, .notMember)
let notOwner = Failure(.forbidden, .notOwner)
