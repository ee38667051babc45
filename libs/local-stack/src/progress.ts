/** Gets short plain sentences for a person who waits: "Postgres is up on port 41235". */
export type Progress = (message: string) => void;
