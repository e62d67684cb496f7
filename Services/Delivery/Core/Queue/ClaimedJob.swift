import Postgres
import Telemetry
import Time
import Wire

/// A job that this worker may carry out while its lease lasts, with all that it takes.
struct ClaimedJob: Sendable, Identifiable {
  let id: UUIDValue
  let kind: JobKind?
  let notice: Notice?
  let due: Timestamp
  let expires: Timestamp?
  /// Tries so far, this one included.
  let attempts: Int
  let firstTry: Timestamp
  /// When the quiet hours it would fall into end.
  let quietEnd: Timestamp?
  /// Of a message: nil when it is blocked, gone, or was moved to a later moment.
  let label: String?
  /// Messages that the person has not fetched yet.
  var badge: Int
  /// By which some of the person's devices were reached; the others follow by the same.
  var channel: Delivery.Channel?
  var addresses: Addresses
  /// Of a job that is or was for somebody unknown: the revision of the news that there is of the person by now.
  var newsSeen: Int?
  /// Of what asked for it.
  var trace: TraceContext?
}

extension ClaimedJob {
  /// Below all revisions of auth's.
  static let noNews = 0

  /// Reads the rows of a claim: one for each device of each job, and one for a job without devices.
  static func read(_ rows: Rows) throws(PostgresError) -> [ClaimedJob] {
    var jobs: [ClaimedJob] = []
    var places: [UUIDValue: Int] = [:]
    jobs.reserveCapacity(rows.count)
    for row in rows {
      let id: UUIDValue = try row.get(0)
      let place = places[id] ?? jobs.count
      if place == jobs.count {
        places[id] = place
        jobs.append(try ClaimedJob(id, row))
      }
      jobs[place].badge = max(jobs[place].badge, try row.get(9))
      if let device = try ClaimedJob.device(row) { jobs[place].addresses.devices.append(device) }
    }
    return jobs
  }

  private init(_ id: UUIDValue, _ row: Row) throws(PostgresError) {
    self.id = id
    kind = JobKind(rawValue: try row.get(1))
    notice = try row.get(2, as: Bytea?.self).flatMap { Notice($0.bytes) }
    due = try row.get(3)
    expires = try row.get(4)
    attempts = try row.get(5)
    firstTry = try row.get(6)
    quietEnd = try row.get(7)
    label = try row.get(8)
    badge = 0
    channel = try row.get(10, as: String?.self).flatMap(Delivery.Channel.init)
    addresses = Addresses(email: try row.get(11))
    newsSeen = try row.get(17)
    trace = try row.get(16, as: String?.self).flatMap { TraceContext(traceparent: $0) }
  }

  private static func device(_ row: Row) throws(PostgresError) -> PushTarget? {
    guard let kind = try row.get(12, as: String?.self), let address = try row.get(13, as: String?.self) else {
      return nil
    }
    if let os = Delivery.Device.OS(rawValue: kind) { return .telephone(os, token: address) }
    let (key, auth) = (try row.get(14, as: Bytea.self).bytes, try row.get(15, as: Bytea.self).bytes)
    return .browser(WebSubscription(endpoint: address, p256dh: key, auth: auth))
  }
}
