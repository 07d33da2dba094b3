DROP TABLE macros;
DROP TABLE views;
DROP TABLE mentions;
DROP TABLE presences;
DROP TABLE draft_files;
DROP TABLE drafts;
DROP TABLE ticket_reads;
