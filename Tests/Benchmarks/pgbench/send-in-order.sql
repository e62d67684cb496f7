\set u random(0, 1999)
WITH place AS MATERIALIZED (
  SELECT member.room_gid, member.user_id FROM chat.member JOIN chat.room ON room.room_gid = member.room_gid
  WHERE member.user_id = ('00000000-0000-4000-8000-' || (100000000001 + :u))::uuid AND member.room_gid <> 'everyone' AND member.ended_at IS NULL
  FOR NO KEY UPDATE OF room
)
INSERT INTO chat.message (room_gid, msg_id, sender_id, txt, sent_at)
SELECT room_gid, nextval('chat.message_id'), user_id, 'a text of some forty characters, as people write', now() FROM place;
