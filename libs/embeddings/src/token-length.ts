/**
 * In UTF-16 units. No text that people write has tokens this long on average, so what lies behind so many units for each
 * token can't be among its first tokens, and needn't be looked at.
 */
export const MAX_CHARACTERS_PER_TOKEN = 100;
