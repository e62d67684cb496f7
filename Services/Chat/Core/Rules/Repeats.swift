import Postgres

/// The posts of a batch without those that repeat another of it, which the store could not find yet.
struct Repeats: Sendable {
  private struct Key: Hashable {
    let room: String
    let sender: UUIDValue
    let key: String
  }

  /// What is to be stored.
  private(set) var posts: [Post] = []
  /// For each post that was given, which of `posts` it is.
  private var places: [Int] = []

  init(of given: [Post]) {
    guard given.contains(where: { $0.key != nil }) else {
      posts = given
      places = Array(given.indices)
      return
    }
    var known: [Key: Int] = [:]
    for post in given {
      let key = post.key.map { Key(room: post.room, sender: post.sender, key: $0) }
      let place = key.flatMap { known[$0] } ?? posts.count
      if place == posts.count { posts.append(post) }
      if let key { known[key] = place }
      places.append(place)
    }
  }

  /// The verdicts on `posts`, given to each that is the same.
  func spread(_ verdicts: [Verdict]) -> [Verdict] {
    guard places.count != verdicts.count else { return verdicts }
    var told: Set<Int> = []
    return places.map { place in
      var verdict = verdicts[place]
      if !told.insert(place).inserted, verdict.place != nil {
        verdict.place?.isRepeat = true
        verdict.standing = .member
      }
      return verdict
    }
  }
}
