import JSON
import Kit
import Loop
import Outbox
import Outgoing
import Postgres
import Time
import Wire

@testable import CalendarCore

/// The calendar's store on a database of its own, and copies of what reads and writes linked calendars.
@LoopActor
final class LinkedBench {
  let database: Database
  let store: CalendarStore
  let clock = ManualClock()
  private var running: [Task<Void, Never>] = []

  private static let template = ScratchDatabase.Template("calendar") { url in
    try await Migrator.run(CalendarService.migrations, schema: "calendar", on: url)
  }

  static func with(_ body: @LoopActor (LinkedBench) async throws -> Void) async throws {
    try await ScratchDatabase.open(template) { database in
      let bench = LinkedBench(database)
      let result: Result<Void, any Error>
      do { result = .success(try await body(bench)) } catch { result = .failure(error) }
      for task in bench.running {
        task.cancel()
        await task.value
      }
      try result.get()
    }
  }

  private init(_ database: Database) {
    self.database = database
    store = CalendarStore(
      database: database,
      notices: OutboxTable(schema: "calendar"),
      rooms: OutboxTable(schema: "calendar", table: "room_outbox"),
      wake: {},
      exports: true,
      invitations: nil
    )
  }

  /// Starts a copy of the exporter. To cancel its task is to kill it: what it has in hand stays where it is.
  func export(to google: LinkedCalendar) -> Task<Void, Never> {
    let exporter = Exporter(google.calendar, store, clock: clock.wall, access: { _ in "token" }, report: { _ in })
    database.listen(to: CalendarStore.linkedChannel) { _ in exporter.wake() }
    return keep(onLoop { _ = try? await exporter.run() })
  }

  /// The same with what tries imports again.
  func reimport(from google: LinkedCalendar) -> Task<Void, Never> {
    let importer = Importer(google.calendar, store, clock: clock.wall, access: { _ in "token" }, report: { _ in })
    let directory = Directory(
      store,
      clock: clock.wall,
      fetch: { users in
        users.map {
          Auth.Profile(id: $0, email: nil, name: "Ann", handle: nil, phone: nil, country: "us", timezone: "UTC")
        }
      },
      find: { _ in [] }
    )
    let again = Reimporting(importer, store, directory, clock: clock.wall, report: { _ in })
    database.listen(to: CalendarStore.linkedChannel) { _ in again.wake() }
    return keep(onLoop { _ = try? await again.run() })
  }

  private func keep(_ task: Task<Void, Never>) -> Task<Void, Never> {
    running.append(task)
    return task
  }

  /// A real event of somebody who has nothing else, on its way into their calendar.
  @discardableResult
  func event() async throws -> UUIDValue {
    let (id, person) = (UUIDValue.random(), UUIDValue.random())
    let email = "\(person)@x.org"
    let starts = clock.now + .seconds(3600)
    try await database.atomically([
      "INSERT INTO calendar.person (id, email, zone) VALUES (\(person), \(email), 'UTC')",
      """
      INSERT INTO calendar.event (id, state, creator, creator_email, name, zone, zone_data, minutes, deadline, closes, starts,
        ends, created, updated)
      VALUES (\(id), 'confirmed', \(person), \(email), 'Lunch', 'UTC', '', 60, 0, \(starts), \(starts),
        \(starts + .seconds(3600)), \(clock.now), \(clock.now))
      """,
      "INSERT INTO calendar.guest (event, email, place, attends) VALUES (\(id), \(email), 0, true)",
    ])
    try await post(id)
    return id
  }

  /// Says that an event has changed.
  func post(_ id: UUIDValue) async throws {
    guard let event = try await store.event(id) else { return }
    try await store.change { try await self.store.postExports(event, $0, at: self.clock.now) }
  }

  /// Waits until a query answers with true.
  func become(_ condition: SQL, _ awaited: String) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await database.query(condition)[0].get(0, as: Bool.self) == false {
      guard ContinuousClock.now < deadline else { throw Overdue(awaited: awaited, seen: "") }
      try await pause(for: .milliseconds(20))
    }
  }
}

/// Stands in for linked calendars: takes everything, or lets who asks wait.
@LoopActor
final class LinkedCalendar {
  /// What was asked, such as `POST <id>`; lists are `GET`.
  private(set) var requests: [String] = []
  /// The most requests that were under way at once.
  private(set) var most = 0
  private var underway = 0
  private var hangs: Bool
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private let changed = Change()

  init(hangs: Bool = false) { self.hangs = hangs }

  var calendar: GoogleCalendar { GoogleCalendar(base: "http://google") { await self.answer($0) } }

  func asked(_ count: Int) async throws {
    _ = try await changed.until("\(count) requests", within: .seconds(30), seen: { "\(self.requests)" }) {
      requests.count >= count ? true : nil
    }
  }

  /// Answers all that wait, and all to come.
  func open() {
    hangs = false
    for one in waiting { one.resume() }
    waiting = []
  }

  private func answer(_ request: OutgoingRequest) async -> GoogleAnswer {
    let named = (try? JSONValue(parsing: request.body))?.object?["id"]?.string
    let id = named ?? String(request.url.prefix { $0 != "?" }.suffix(32))
    requests.append(request.method == "GET" ? "GET" : "\(request.method) \(id)")
    underway += 1
    most = max(most, underway)
    changed.announce()
    if hangs { await withCheckedContinuation { waiting.append($0) } }
    underway -= 1
    let body = request.method == "GET" ? #"{"items":[],"nextSyncToken":"s1"}"# : #"{"id":"\#(id)"}"#
    return GoogleAnswer(status: 200, body: Array(body.utf8))
  }
}
