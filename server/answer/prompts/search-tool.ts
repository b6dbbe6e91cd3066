import type Anthropic from '@anthropic-ai/sdk'

/** The one tool of an answer: it reads, within the filters of the chat, and does nothing else. */
export const SEARCH_TOOL: Anthropic.Tool = {
  name: 'search_documents',
  description: 'Searches the user\'s documents and returns the passages that match best. Call it when the passages at hand do not answer the question or a part of it. The query has to stand on its own: name the topic instead of using pronouns, and use the words the documents would use.',
  input_schema: {
    type: 'object',
    properties: { query: { type: 'string', description: 'What to look for, as a short question or key words.' } },
    required: ['query'],
  },
}
