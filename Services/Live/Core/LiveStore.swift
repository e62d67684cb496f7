import Loop
import Postgres
import Time

/// What one round counts, ready to be stored at once.
struct Writes: Sendable {
  struct Click: Sendable {
    var user: String
    var comment: String?
    var style: String?
    var gateway: Int
    var number: Int
  }

  struct Happening: Sendable {
    var user: String
    var name: String
  }

  let at: Timestamp
  private(set) var clicks: [Click] = []
  private(set) var events: [Happening] = []
  private(set) var people: [String: Tally] = [:]
  private(set) var tally = Tally()

  init(at moment: Timestamp) { at = moment }

  var isEmpty: Bool { tally.isZero }
  var count: Int { tally.clicks + tally.events }

  /// An unlisted event counts, and leaves nothing else behind.
  mutating func add(_ deed: Deed) {
    tally += deed.tally
    switch deed.kind {
    case .click(let comment, let style, let number):
      clicks.append(
        Click(user: deed.user, comment: comment, style: style, gateway: deed.seat.gateway, number: number)
      )
      people[deed.user, default: Tally()] += deed.tally
    case .event(let name) where !name.isUnlisted:
      events.append(Happening(user: deed.user, name: name.rawValue))
      people[deed.user, default: Tally()] += deed.tally
    case .event: break
    }
  }
}

/// All that the counter keeps, and all of its SQL; what lists ask for is in `LiveStore+Lists.swift`.
@LoopActor
struct LiveStore {
  let database: Database

  /// Less than a caller of the bus waits, and little while the database is known to be away.
  var deadline: Instant { .now + (database.isAvailable ? .seconds(4) : .milliseconds(1500)) }

  private static let insertClicks = Statement(
    label: "live.clicks",
    """
    INSERT INTO live.click (user_name, comment, style, clicked_at, gateway, number)
    SELECT user_name, comment, style, $6, gateway, number
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
      WITH ORDINALITY AS click (user_name, comment, style, gateway, number, place)
    ORDER BY place
    """
  )

  private static let insertEvents = Statement(
    label: "live.events",
    """
    INSERT INTO live.event (user_name, name, happened_at)
    SELECT user_name, name, $3
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS event (user_name, name, place)
    ORDER BY place
    """
  )

  private static let countPeople = Statement(
    label: "live.people",
    """
    INSERT INTO live.person AS held (name, click_count, event_count)
    SELECT name, clicks, events FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS person (name, clicks, events)
    ORDER BY name
    ON CONFLICT (name) DO UPDATE SET
      click_count = held.click_count + excluded.click_count,
      event_count = held.event_count + excluded.event_count
    """
  )

  private static let countHour = Statement(
    label: "live.hour",
    """
    INSERT INTO live.hour AS held (started_at, click_count, event_count) VALUES ($1, $2, $3)
    ON CONFLICT (started_at) DO UPDATE SET
      click_count = held.click_count + excluded.click_count,
      event_count = held.event_count + excluded.event_count
    """
  )

  /// Stores a round in one transaction and one round trip: all of it counts, or nothing. With a term, only while that
  /// lasts.
  func store(_ writes: Writes, in term: Int? = nil) async throws(PostgresError) {
    var statements = term.map { [LiveStore.hold($0)] } ?? []
    if !writes.clicks.isEmpty { statements.append(LiveStore.insert(writes.clicks, at: writes.at)) }
    if !writes.events.isEmpty {
      let (users, names) = (writes.events.map(\.user), writes.events.map(\.name))
      statements.append(SQL(LiveStore.insertEvents, users, names, writes.at))
    }
    if !writes.people.isEmpty {
      let people = Array(writes.people)
      let (clicks, events) = (people.map(\.value.clicks), people.map(\.value.events))
      statements.append(SQL(LiveStore.countPeople, people.map(\.key), clicks, events))
    }
    let tally = writes.tally
    statements.append(SQL(LiveStore.countHour, writes.at.hourStart, tally.clicks, tally.events))
    try await database.atomically(statements, deadline: deadline)
  }

  private static func insert(_ clicks: [Writes.Click], at moment: Timestamp) -> SQL {
    SQL(
      insertClicks,
      clicks.map(\.user),
      clicks.map(\.comment),
      clicks.map(\.style),
      clicks.map(\.gateway),
      clicks.map(\.number),
      moment
    )
  }

  /// Which of a gateway's clicks are stored, among the newest hundred thousand of all.
  func stored(_ numbers: [Int], of gateway: Int) async throws(PostgresError) -> [Int] {
    let sql: SQL = """
      SELECT number FROM live.click
      WHERE id > (SELECT coalesce(max(id), 0) - 100000 FROM live.click)
        AND gateway = \(gateway) AND number = ANY(\(numbers))
      ORDER BY number
      """
    return try await database.query(sql.labelled("live.stored"), deadline: deadline)
      .map { row throws(PostgresError) in try row.get(0) }
  }

  // MARK: - Counters

  /// The counters as of a moment: the sums of all hours, of those of its day, and its own.
  ///
  /// Where the zone's day does not start with an hour of UTC, the hour that it cuts is counted from its rows.
  func counters(at moment: Timestamp, _ day: Day) async throws(PostgresError) -> Totals {
    let isCut = day.start != day.start.hourStart
    let firstHour = isCut ? day.start.nextHour : day.start
    let sums: SQL = """
      SELECT coalesce(sum(click_count), 0)::bigint, coalesce(sum(event_count), 0)::bigint,
        coalesce(sum(click_count) FILTER (WHERE started_at >= \(firstHour) AND started_at < \(day.end)), 0)::bigint,
        coalesce(sum(event_count) FILTER (WHERE started_at >= \(firstHour) AND started_at < \(day.end)), 0)::bigint,
        coalesce(sum(click_count) FILTER (WHERE started_at = \(moment.hourStart)), 0)::bigint,
        coalesce(sum(event_count) FILTER (WHERE started_at = \(moment.hourStart)), 0)::bigint
      FROM live.hour
      """
    let row = try await database.query(sums.labelled("live.counters"), deadline: deadline)[0]
    var counters = Totals(
      total: Tally(clicks: try row.get(0), events: try row.get(1)),
      today: Tally(clicks: try row.get(2), events: try row.get(3)),
      hour: Tally(clicks: try row.get(4), events: try row.get(5)),
      since: moment.hourStart,
      day: day
    )
    if isCut { counters.today += try await rows(from: day.start, to: firstHour) }
    return counters
  }

  private func rows(from start: Timestamp, to end: Timestamp) async throws(PostgresError) -> Tally {
    let sql: SQL = """
      SELECT (SELECT count(*) FROM live.click WHERE clicked_at >= \(start) AND clicked_at < \(end)),
        (SELECT count(*) FROM live.event WHERE happened_at >= \(start) AND happened_at < \(end))
      """
    let row = try await database.query(sql.labelled("live.part_of_hour"), deadline: deadline)[0]
    return Tally(clicks: try row.get(0), events: try row.get(1))
  }

  /// The day that a moment lies in; the database knows the time zones.
  func day(of moment: Timestamp, in zone: String) async throws(PostgresError) -> Day {
    let sql: SQL = """
      SELECT midnight AT TIME ZONE \(zone), (midnight + interval '1 day') AT TIME ZONE \(zone),
        (midnight - interval '6 days') AT TIME ZONE \(zone)
      FROM (SELECT date_trunc('day', \(moment) AT TIME ZONE \(zone)) AS midnight) AS today
      """
    let row = try await database.query(sql.labelled("live.day"), deadline: deadline)[0]
    return Day(start: try row.get(0), end: try row.get(1), weekStart: try row.get(2))
  }

  // MARK: - Age

  /// Removes up to that many clicks and events from before a moment; answers how many.
  func removeRows(before moment: Timestamp, atMost limit: Int) async throws(PostgresError) -> Int {
    let results = try await database.atomically(
      [
        """
        DELETE FROM live.click WHERE id IN
          (SELECT id FROM live.click WHERE clicked_at < \(moment) ORDER BY clicked_at LIMIT \(limit))
        """,
        """
        DELETE FROM live.event WHERE id IN
          (SELECT id FROM live.event WHERE happened_at < \(moment) ORDER BY happened_at LIMIT \(limit))
        """,
      ],
      deadline: deadline
    )
    return results[0].affected + results[1].affected
  }
}
