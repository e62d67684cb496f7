import JSON
import Postgres
import Time

/// A message as its receiver gets it; every value is a text (pictever.md 2.4).
struct ReceivedMessage: Sendable {
  var id: UUIDValue
  var sender: UUIDValue
  /// Nil for a sender that is not known here, or has no address.
  var senderEmail: String?
  var senderPhone: String?
  var content: MessageContent
  var created: Timestamp
  var delivered: Timestamp
  /// When it was stamped as seen: the cursor of this item.
  var visible: Timestamp
  var label: String
  var color: String

  init(_ row: Row) throws(PostgresError) {
    id = try row.get(0)
    sender = try row.get(1)
    senderEmail = try row.get(2)
    senderPhone = try row.get(3)
    content = MessageContent(text: try row.get(4))
    content.photo = try row.get(5)
    content.video = try row.get(6)
    content.sound = try row.get(7)
    created = try row.get(8)
    delivered = try row.get(9)
    visible = try row.get(10)
    label = try row.get(11)
    color = try row.get(12)
  }

  var json: RawJSON { .object { write(into: &$0) } }

  private func write(into writer: inout JSONWriter) {
    writer.member("message_id", id.description)
    writer.member("from_id", sender.description)
    writer.member("from_email", senderEmail ?? "")
    writer.member("from_numero", senderPhone ?? senderEmail ?? "")
    writer.member("message", content.text)
    writer.member("photo_id", content.photo)
    writer.member("video_id", content.video)
    writer.member("sound_id", content.sound)
    writer.member("created_at", ReceivedMessage.text(created))
    writer.member("received_at", ReceivedMessage.text(delivered))
    writer.member("receive_label", label)
    writer.member("receive_color", color)
    writer.member("from_facebook_id", "")
    writer.member("from_facebook_name", "")
    writer.member("version", "1.0")
  }

  /// Unix seconds with a fraction, as the apps know it: `1424250000.0`.
  static func text(_ moment: Timestamp) -> String { moment.seconds.description }
}

/// What a `receive_all` gives: messages, and the cursor that counts them as seen.
struct ReceivedBatch: Sendable {
  /// An answer must fit into one line of the bus, and escaping can make a text six times as long.
  private static let mostBytes = 900_000

  private let items: [(message: ReceivedMessage, json: RawJSON)]
  let cursor: Timestamp

  /// Takes as many as fit of the messages, which come in the order of their stamps. The cursor ends with the last taken;
  /// where they are all there is and all fit, with the inbox's clock, behind which whatever comes later lies.
  init(_ messages: [ReceivedMessage], isAll: Bool, clock: Timestamp) {
    var items: [(message: ReceivedMessage, json: RawJSON)] = []
    var room = ReceivedBatch.mostBytes
    for message in messages {
      let json = message.json
      room -= json.bytes.count + 1
      guard room > 0 || items.isEmpty else { break }
      items.append((message, json))
    }
    self.items = items
    let last = items.last?.message.visible ?? clock
    cursor = isAll && items.count == messages.count ? max(clock, last) : last
  }

  /// The newest first, as the apps expect.
  var json: RawJSON {
    let newestFirst = items.sorted {
      ($0.message.delivered, $0.message.visible) > ($1.message.delivered, $1.message.visible)
    }
    return .object { writer in
      writer.member("ts", cursor.seconds)
      writer.name("new_messages")
      writer.beginArray()
      for item in newestFirst { writer.raw(item.json) }
      writer.endArray()
    }
  }
}
