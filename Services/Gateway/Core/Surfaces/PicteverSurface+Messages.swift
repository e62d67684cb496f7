import Bus
import HTTP
import JSON
import Loop
import Wire

/// pictever.md 2.3 to 2.5: messages to the future, and who of a phone book is a member.
extension PicteverSurface {
  static let messageRoutes: [Route] = [
    change("/send", ["message", "receiver_ids", "delivery_option", "photo_id", "video_id", "sound_id"]) {
      Delivery.SendMessage($0)
    },
    change("/resend", ["message_id"]) { Delivery.Resend($0) },
    change("/block_contacts", ["contacts_to_block"]) { Delivery.BlockContacts($0) },
    change("/unblock_contacts", ["contacts_to_unblock"]) { Delivery.UnblockContacts($0) },
    change("/upload_address_book", ["address_book"], maximumBody: bookBytes, limits: uploads) {
      Delivery.UploadBook($0)
    },
    Route(
      method: .post,
      pattern: "/upload_contacts",
      surface: .pictever,
      access: .session,
      body: .form,
      maximumBody: bookBytes,
      limits: uploads
    ) { exchange throws(Failure) in
      let fields = try decent(submission(exchange, ["contacts"]))
      return .json(200, try await exchange.services.delivery.call(Delivery.MatchContacts(fields), exchange.context))
    },
    read("/get_address_book") { exchange throws(Failure) in
      let book = try await exchange.services.delivery.call(Delivery.ReadBook(), exchange.context)
      return book == .null ? empty() : .json(200, book)
    },
    read("/receive_all") { exchange throws(Failure) in
      let fields = Submission(exchange.queryObject(["ts"]), address: exchange.request.peer)
      return .json(200, try await exchange.services.delivery.call(Delivery.Receive(fields), exchange.context))
    },
    read("/get_send_choices") { exchange throws(Failure) in
      .json(200, try await exchange.services.delivery.call(Delivery.ListSendChoices(), exchange.context))
    },
    read("/get_number_of_future_messages") { exchange throws(Failure) in
      let reply = try await exchange.services.delivery.call(Delivery.CountFuture(), exchange.context)
      return .text(200, String(reply.count))
    },
    Route(method: .get, pattern: "/messages_waiting", surface: .pictever) { exchange throws(Failure) in
      guard exchange.services.isOperator(exchange.request) else { throw Failure(.unauthenticated) }
      let reply = try await exchange.services.delivery.call(Delivery.CountWaiting(), exchange.context)
      return .text(200, String(reply.count))
    },
    read("/get_my_status") { exchange throws(Failure) in
      .text(200, try await exchange.services.delivery.call(Delivery.ReadStatus(), exchange.context).status)
    },
  ]

  /// Five thousand contacts with room for their names.
  private static let bookBytes = 524_288
  /// What one line of the bus takes, less the frame around it.
  private static let mostFieldBytes = 1_000_000
  private static let uploads = [LimitRule(name: "contact_uploads", key: .user)]

  private static func read(
    _ pattern: String,
    _ handle: @escaping @Sendable @LoopActor (Exchange) async throws(Failure) -> HTTPResponse
  ) -> Route {
    Route(method: .get, pattern: pattern, surface: .pictever, access: .session, handle: handle)
  }

  /// A route that hands its fields to delivery and has nothing to say when all went well.
  private static func change<C: SubmissionCall>(
    _ pattern: String,
    _ fields: Set<String>,
    maximumBody: Int = BodyRule.maximumBytes,
    limits: [LimitRule] = [],
    _ call: @escaping @Sendable (Submission) -> C
  ) -> Route {
    Route(
      method: .post,
      pattern: pattern,
      surface: .pictever,
      access: .session,
      body: .form,
      maximumBody: maximumBody,
      limits: limits
    ) { exchange throws(Failure) in
      var context = exchange.context
      context.key = exchange.request.headers.first("idempotency-key")
      _ = try await exchange.services.delivery.call(call(decent(submission(exchange, fields))), context)
      return empty()
    }
  }

  /// Escapes can make a body longer than the bus takes, which would cut the connection that everybody shares.
  private static func decent(_ submission: Submission) throws(Failure) -> Submission {
    guard submission.fields.bytes.count <= mostFieldBytes else {
      throw Failure(.invalid, field: "body", reason: "too_large")
    }
    return submission
  }
}
