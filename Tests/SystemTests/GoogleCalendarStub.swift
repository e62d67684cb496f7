import FoundationEssentials
import Glibc
import JSON
import Kit
import Loop
import Security

/// Google's part in a linked calendar: exchanges codes, lists events in two pages, and takes events in.
@LoopActor
final class GoogleCalendarStub {
  /// What comes after everything that was listed, by sync token.
  var changes: [String: String] = [:]
  /// Answers nothing but 500 while set.
  var isBroken = false
  /// Takes what is sent and then answers 500: nobody can know that it was taken.
  var losesAnswers = false
  /// What goes wrong, with which requests.
  var fault: (kind: ProviderFault, isMet: @LoopActor (_ request: String) -> Bool)?
  /// Requests that were met by the fault.
  private(set) var failed: [String] = []
  /// Announced with each request.
  let change = Change()
  /// What was done to events, such as `POST <id>`, in order.
  private(set) var writes: [String] = []
  /// Bodies of the events that are there, by id.
  private(set) var held: [String: String] = [:]
  private(set) var lists: [String] = []
  private var listener: TCPListener?
  private var streams: [TCPStream] = []
  private let port: Int
  private let folder: String

  init() throws {
    var template = Array("/tmp/carillon-google-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw GoogleStubFailure.noFolder }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    port = try Stack.freePort()
    try write("secret", "client secret")
    try write("seal", String(repeating: "0f", count: 32))
    try listen()
  }

  func close() {
    refuse()
    for name in ["secret", "seal"] { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }

  var settings: [String: String] {
    let url = "http://127.0.0.1:\(port)"
    return [
      "CARILLON_GOOGLE_JWKS_URL": "\(url)/certs", "CARILLON_GOOGLE_CLIENT_ID": "carillon.apps.test",
      "CARILLON_GOOGLE_TOKEN_URL": "\(url)/token", "CARILLON_GOOGLE_CLIENT_SECRET_FILE": "\(folder)/secret",
      "CARILLON_SEALING_KEY_FILE": "\(folder)/seal", "CARILLON_GOOGLE_API_URL": "\(url)/calendar/v3",
    ]
  }

  private func write(_ name: String, _ text: String) throws {
    let path = "\(folder)/\(name)"
    guard let file = fopen(path, "w") else { throw GoogleStubFailure.noFolder }
    fputs(text, file)
    fclose(file)
    chmod(path, 0o600)
  }

  // MARK: - Connections

  func listen() throws {
    listener = try TCPListener(on: SocketAddress(host: "127.0.0.1", port: port)!) { [unowned self] stream in
      streams.append(stream)
      var input = ""
      stream.whenReceived { bytes in
        input += String(decoding: bytes, as: UTF8.self)
        while let request = GoogleCalendarStub.takeRequest(from: &input) { self.serve(request, stream) }
      }
    }
  }

  /// Nobody listens any more, and who was connected is not.
  func refuse() {
    listener?.close()
    listener = nil
    for stream in streams { stream.close() }
    streams = []
  }

  private static func takeRequest(from input: inout String) -> String? {
    guard let end = input.firstRange(of: "\r\n\r\n")?.upperBound else { return nil }
    let length = input.firstMatch(of: /content-length: (\d+)/.ignoresCase()).flatMap { Int($0.1) } ?? 0
    guard input[end...].utf8.count >= length else { return nil }
    let last = input.utf8.index(end, offsetBy: length)
    defer { input = String(input[last...]) }
    return String(input[..<last])
  }

  private func serve(_ request: String, _ stream: TCPStream) {
    if let fault, fault.isMet(request) {
      failed.append(String(request.prefix { $0 != "\r\n" }))
      fault.kind.play(on: stream, number: failed.count)
    } else {
      stream.write(Array(answer(request).utf8))
    }
    change.announce()
  }

  /// Waits until so many requests for which the rule holds were met by the fault.
  func failing(_ count: Int = 1, _ rule: @escaping (String) -> Bool) async throws {
    _ = try await change.until("\(count) requests in vain", within: .seconds(30), seen: { "\(self.failed.suffix(5))" })
    {
      failed.count(where: rule) >= count ? true : nil
    }
  }

  // MARK: - Answers

  private func answer(_ request: String) -> String {
    if isBroken { return response(500, "nonsense") }
    if request.hasPrefix("POST /token") { return response(200, GoogleCalendarStub.grant(for: request)) }
    guard request.contains("Authorization: Bearer access") else { return response(401, "{}") }
    if !request.hasPrefix("GET ") {
      let (status, id) = write(request)
      return response(losesAnswers ? 500 : status, status == 204 ? "" : #"{"id":"\#(id)"}"#)
    }
    return list(String(request.prefix { $0 != "\r\n" }))
  }

  /// A code `4/ann` and what comes of it are ann's.
  private static func grant(for request: String) -> String {
    let person = request.firstMatch(of: /(?:4%2F|refresh-)([a-z-]+)/).map { String($0.1) } ?? ""
    return #"{"access_token":"access-\#(person)","refresh_token":"refresh-\#(person)","expires_in":3600}"#
  }

  /// Somebody takes an event out of their calendar by hand.
  func remove(_ id: String) { held[id] = nil }

  private func write(_ request: String) -> (status: Int, id: String) {
    let body = String(request[(request.firstRange(of: "\r\n\r\n")?.upperBound ?? request.endIndex)...])
    let method = String(request.prefix { $0 != " " })
    let named = (try? JSONValue(parsing: Array(body.utf8)))?.member("id")?.string
    guard
      let id = request.firstMatch(of: /^[A-Z]+ \/calendar\/v3\/calendars\/primary\/events\/([0-9a-f]+)\?/)
        .map({ String($0.1) }) ?? named
    else { return (400, "") }
    writes.append("\(method) \(id)")
    switch (method, held[id]) {
    case ("POST", nil), ("PATCH", .some): held[id] = body
    case ("POST", .some): return (409, id)
    case ("DELETE", .some): held[id] = nil
    default: return (404, id)
    }
    return (method == "DELETE" ? 204 : 200, id)
  }

  private func list(_ line: String) -> String {
    lists.append(line)
    if let token = line.firstMatch(of: /syncToken=([^& ]+)/).map({ String($0.1) }) {
      return changes[token].map { response(200, $0) } ?? response(410, "{}")
    }
    return response(200, line.contains("pageToken=second") ? GoogleCalendarStub.second : GoogleCalendarStub.first)
  }

  private func response(_ status: Int, _ body: String) -> String {
    "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  private static let zone = #""timeZone":"America/Los_Angeles""#

  private static let first = #"""
    {"timeZone":"America/Los_Angeles","nextPageToken":"second","items":[
      {"id":"allday","status":"confirmed","summary":"Holiday","creator":{"email":"ann@x.org"},
        "start":{"date":"2030-03-06"},"end":{"date":"2030-03-07"}},
      {"id":"clear","status":"confirmed","summary":"FYI","transparency":"transparent",
        "start":{"dateTime":"2030-03-07T10:00:00-08:00"},"end":{"dateTime":"2030-03-07T11:00:00-08:00"}},
      {"id":"broken","status":"confirmed","start":{"dateTime":"sometime"},"end":7},
      7
    ]}
    """#

  private static let second = #"""
    {"timeZone":"America/Los_Angeles","nextSyncToken":"s1","items":[
      {"id":"gone","status":"cancelled"},
      {"id":"declined","status":"confirmed","summary":"Not me",
        "attendees":[{"email":"ann@x.org","self":true,"responseStatus":"declined"}],
        "start":{"dateTime":"2030-03-08T10:00:00-08:00"},"end":{"dateTime":"2030-03-08T11:00:00-08:00"}},
      {"id":"weekly","status":"confirmed","summary":"Stand-up","recurrence":
        ["RRULE:FREQ=WEEKLY;BYDAY=MO","EXDATE;TZID=America/Los_Angeles:20300311T140000"],
        "start":{"dateTime":"2030-03-04T14:00:00-08:00","timeZone":"America/Los_Angeles"},
        "end":{"dateTime":"2030-03-04T15:00:00-08:00","timeZone":"America/Los_Angeles"}}
    ]}
    """#
}

enum GoogleStubFailure: Error { case noFolder }
