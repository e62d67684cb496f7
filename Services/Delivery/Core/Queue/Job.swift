import JSON
import Postgres
import Time
import Wire

/// What a job is about; the words are stored.
enum JobKind: String, CaseIterable, Sendable {
  /// A message whose time has come. The job has the message's id, and the message says the rest.
  case message
  /// A message that will come, or somebody who is there now.
  case announcement, joined
  /// The address book was matched.
  case book
  /// What another service has to say.
  case notice
  /// A text message to a number.
  case text
}

/// A job to be stored.
struct JobDraft: Sendable {
  var id = UUIDValue.random()
  var kind: JobKind
  var priority = Delivery.Priority.normal
  var app = Delivery.Device.App.pictever
  var person: UUIDValue?
  var notice: Notice?
  var due: Timestamp
  var expires: Timestamp?
  var quiet: Delivery.QuietHours?
}

extension Delivery.Priority {
  /// As it is stored: the lower goes first.
  var rank: Int {
    switch self {
    case .urgent: 0
    case .normal: 1
    case .bulk: 2
    }
  }
}

/// What a job tells, as it is stored.
struct Notice: Codable, Sendable, Equatable {
  var title: String?
  var body: String
  var data: [String: String]?
  var channels: [Delivery.Channel]?
  var collapse: String?
  /// A canonical number, for a text message.
  var number: String?
  /// The address of a notice that goes to nobody else.
  var mail: String?

  init(_ body: String, title: String? = nil, data: [String: String]? = nil) {
    self.body = body
    self.title = title
    self.data = data
  }

  var bytes: [UInt8] { (try? JSONCoding.encode(self).bytes) ?? [] }

  init?(_ bytes: [UInt8]) {
    guard let notice = try? JSONCoding.decode(Notice.self, from: RawJSON(trusted: bytes)) else { return nil }
    self = notice
  }
}

/// Where a person can be reached now.
struct Addresses: Sendable {
  var os: Delivery.Device.OS?
  var token: String?
  var email: String?
  var web: WebSubscription?
}

struct WebSubscription: Sendable, Equatable {
  let endpoint: String
  let p256dh: [UInt8]
  let auth: [UInt8]
}

/// A job that this worker may carry out until its lease ends, with all that it takes.
struct ClaimedJob: Sendable {
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
  let badge: Int
  let addresses: Addresses
}

extension ClaimedJob {
  init(_ row: Row) throws(PostgresError) {
    id = try row.get(0)
    kind = JobKind(rawValue: try row.get(1))
    notice = try row.get(2, as: Bytea?.self).flatMap { Notice($0.bytes) }
    due = try row.get(3)
    expires = try row.get(4)
    attempts = try row.get(5)
    firstTry = try row.get(6)
    quietEnd = try row.get(7)
    label = try row.get(8)
    badge = try row.get(9)
    var addresses = Addresses()
    addresses.os = try row.get(10, as: String?.self).flatMap(Delivery.Device.OS.init)
    addresses.token = try row.get(11)
    addresses.email = try row.get(12)
    if let endpoint = try row.get(13, as: String?.self) {
      let (key, auth) = (try row.get(14, as: Bytea.self).bytes, try row.get(15, as: Bytea.self).bytes)
      addresses.web = WebSubscription(endpoint: endpoint, p256dh: key, auth: auth)
    }
    self.addresses = addresses
  }
}
