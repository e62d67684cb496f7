import Bus
import HTTP
import JSON
import Loop
import Settings
import Telemetry
import Wire

/// One request on its way through the gateway: what came in, who asks, and the services that can answer.
///
/// A class, because it is handed from step to step: a copy would count up every piece of the request each time.
@LoopActor
final class Exchange {
  let request: HTTPRequest
  let parameters: PathParameters
  let services: Services
  let trace: TraceContext
  var identity: Identity?
  /// The key of the session token in the cache; nil without a token.
  var tokenKey: String?
  /// The body, proven to be a JSON object, on routes whose rule asks for one.
  var body = RawJSON.emptyObject

  init(request: HTTPRequest, parameters: PathParameters, services: Services, trace: TraceContext) {
    self.request = request
    self.parameters = parameters
    self.services = services
    self.trace = trace
  }

  /// What travels with every call made for this request.
  var context: CallContext {
    CallContext(
      user: identity?.user,
      session: identity?.session,
      trace: trace.traceparent,
      isRepeatable: request.method == .get || request.method == .head
    )
  }

  /// A segment of the path, decoded. The route's pattern must name it.
  func parameter(_ name: String) -> String { parameters[name] ?? "" }

  /// The first value of a query name, decoded; nil when it is absent.
  func query(_ name: String) -> String? {
    guard let query = request.query else { return nil }
    return PercentCoding.decodePairs(query).first { $0.name == name }?.value
  }

  /// The named values of the query as an object of strings; absent ones are left out.
  func queryObject(_ names: [String]) -> RawJSON {
    .object { writer in
      for name in names {
        guard let value = query(name) else { continue }
        writer.name(dynamic: name)
        writer.string(value)
      }
    }
  }
}

/// What the surfaces stand on: the buses to the other daemons, and what the gateway itself keeps.
struct Services: Sendable {
  let auth: BusClient
  let stats: BusClient
  let chat: BusClient
  let calendar: BusClient
  let delivery: BusClient
  let live: BusClient
  let liveRoom: LiveRoom
  let liveAnswers: AnswerCache
  /// What the operator's requests bear; nil where there is no operator.
  let operatorToken: Secret?
  let authenticator: Authenticator
  let feeds: ChatFeeds
  let appSockets: AppSockets
  let eventTalk: EventTalk
  let apps: AppSettings
  let health: SuiteHealth
}
